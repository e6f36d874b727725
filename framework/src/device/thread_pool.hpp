// ThreadPool: the threads behind parallel_for. One job at a time; its blocks are dealt out in stretches, one a thread,
// and who is done takes from the others' stretches. So a thread that gets no core holds nobody up but with its current
// block.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>

#include "device/blocks.hpp"
#include "device/patience.hpp"

namespace strata {

class ThreadPool {
 public:
  using Body = void (*)(void* context, std::int64_t begin, std::int64_t end);

  // The pool of this process. It is never destroyed: its threads sleep when the process ends.
  static ThreadPool& instance();

  // Runs all blocks on up to `threads` threads, the caller's among them, and rethrows the first failed block's
  // exception. False, with nothing done, where the pool works for another thread.
  bool run(const Blocks& blocks, int threads, void* context, Body body);

  // What a worker takes over from the thread whose job it does: what `take` gives there, `give` gets before the
  // worker's first block; it gets null after the last. Said once, before the first job.
  struct Inheritance {
    const void* (*take)() noexcept;
    void (*give)(const void* taken) noexcept;
  };
  static void inherit(const Inheritance& how);

  // 0 in a thread that is none of the pool's.
  static int index();
  // Whether this thread is inside a block.
  static bool inside();

 private:
  static constexpr std::uint32_t kOpen = 1U << 31U;

  struct alignas(64) Stretch {
    std::atomic<std::int64_t> next{0};
    std::int64_t end = 0;
  };

  void start_workers(int count);
  void worker(int index);
  void open(const Blocks& blocks, int threads, void* context, Body body);
  void close();
  bool join();
  void leave();
  void work(int index);
  void run_block(std::int64_t block);

  std::mutex busy_;  // whose job it is
  int workers_ = 0;

  // The job.
  Blocks blocks_;
  void* context_ = nullptr;
  Body body_ = nullptr;
  const void* inherited_ = nullptr;
  std::array<Stretch, kMostBlocks> stretches_;
  int stretch_count_ = 0, threads_ = 0;
  std::mutex failure_mutex_;
  std::exception_ptr failure_;
  std::int64_t failed_block_ = 0;

  Patience patience_;
  alignas(64) std::atomic<std::uint32_t> opened_{0};  // how many jobs there were; workers sleep on it
  alignas(64) std::atomic<std::uint32_t> gate_{0};    // kOpen and the workers inside; the caller sleeps on it
  alignas(64) std::atomic<std::uint32_t> sleepers_{0};
  std::atomic<bool> caller_sleeps_{false};
};

}  // namespace strata
