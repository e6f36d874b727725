// The compute executor over std::thread, for the thread sanitizer, which does not understand OpenMP's barriers.
#ifndef STRATA_OPENMP
#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

#include "device/blocks.hpp"
#include "strata/device/parallel.hpp"

namespace strata {
namespace {
std::atomic<int> threads{static_cast<int>(std::max(1U, std::thread::hardware_concurrency()))};
thread_local bool inside = false;
}  // namespace

int thread_count() { return threads; }
void set_thread_count(int count) { threads = std::clamp(count, 1, 1024); }

void detail::parallel_run(std::int64_t begin, std::int64_t end, std::int64_t grain, void* context,
                          void (*body)(void*, std::int64_t, std::int64_t)) {
  if (begin >= end) return;
  const Blocks blocks(begin, end, grain, inside ? 1 : thread_count());
  if (blocks.count == 1) return body(context, begin, end);
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(blocks.count));
  const auto run = [&](std::int64_t block) {
    inside = true;
    try {
      body(context, blocks.first(block), blocks.first(block + 1));
    } catch (...) {
      failures[static_cast<std::size_t>(block)] = std::current_exception();
    }
    inside = false;
  };
  std::vector<std::thread> team;
  for (std::int64_t block = 1; block < blocks.count; ++block) team.emplace_back(run, block);
  run(0);
  for (std::thread& thread : team) thread.join();
  for (const std::exception_ptr& failure : failures) {
    if (failure != nullptr) std::rethrow_exception(failure);
  }
}

}  // namespace strata
#endif
