// ThreadPool: opening a job, taking its blocks, waiting for its end.
#include "device/thread_pool.hpp"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <utility>

#include "core/futex.hpp"
#include "core/start_thread.hpp"

namespace strata {
namespace {

ThreadPool::Inheritance inheritance{[]() noexcept -> const void* { return nullptr; }, [](const void*) noexcept {}};

thread_local int own_index = 0;
thread_local bool inside_block = false;

// While it lives, new threads take no signal but those of faults: the others are the main thread's.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) sigdelset(&all, fault);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

ThreadPool& ThreadPool::instance() {
  static auto* const pool = new ThreadPool;
  return *pool;
}

void ThreadPool::inherit(const Inheritance& how) { inheritance = how; }

int ThreadPool::index() { return own_index; }
bool ThreadPool::inside() { return inside_block; }

bool ThreadPool::run(const Blocks& blocks, int threads, void* context, Body body) {
  const std::unique_lock<std::mutex> mine(busy_, std::try_to_lock);
  if (!mine) return false;
  if (workers_ < threads - 1) start_workers(threads - 1);
  open(blocks, threads, context, body);
  work(0);
  close();
  if (failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
  return true;
}

void ThreadPool::start_workers(int count) {
  const SignalsBlocked scope;
  while (workers_ < count) {
    const int index = workers_ + 1;
    start_thread("thread " + std::to_string(index + 1) + " of " + std::to_string(count + 1), [this, index] {
      worker(index);
    }).detach();
    workers_ = index;
  }
}

void ThreadPool::open(const Blocks& blocks, int threads, void* context, Body body) {
  blocks_ = blocks;
  context_ = context;
  body_ = body;
  inherited_ = inheritance.take();
  threads_ = threads;
  stretch_count_ = static_cast<int>(std::min<std::int64_t>(threads, blocks.count));
  for (int i = 0; i < stretch_count_; ++i) {
    Stretch& stretch = stretches_[static_cast<std::size_t>(i)];
    stretch.next.store(blocks.count * i / stretch_count_, std::memory_order_relaxed);
    stretch.end = blocks.count * (i + 1) / stretch_count_;
  }
  gate_.store(kOpen, std::memory_order_release);
  opened_.fetch_add(1, std::memory_order_seq_cst);
  const auto asleep = static_cast<int>(sleepers_.load(std::memory_order_seq_cst));
  // Where there are more workers than this job may have, the right ones are among those that wake.
  if (asleep > 0) detail::futex_wake(opened_, threads == workers_ + 1 ? std::min(asleep, stretch_count_ - 1) : asleep);
}

// Nobody comes in any more; returns when all who came in have left.
void ThreadPool::close() {
  gate_.fetch_and(~kOpen, std::memory_order_acq_rel);
  const auto empty = [this] { return gate_.load(std::memory_order_acquire) == 0; };
  if (empty() || patience_.spin(empty)) return;
  caller_sleeps_.store(true, std::memory_order_seq_cst);
  for (std::uint32_t seen = 0; (seen = gate_.load(std::memory_order_seq_cst)) != 0;) detail::futex_wait(gate_, seen);
  caller_sleeps_.store(false, std::memory_order_relaxed);
}

bool ThreadPool::join() {
  std::uint32_t seen = gate_.load(std::memory_order_relaxed);
  while ((seen & kOpen) != 0) {
    if (gate_.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire, std::memory_order_relaxed)) return true;
  }
  return false;
}

void ThreadPool::leave() {
  if (gate_.fetch_sub(1, std::memory_order_seq_cst) != 1) return;
  if (caller_sleeps_.load(std::memory_order_seq_cst)) detail::futex_wake(gate_, 1);
}

void ThreadPool::worker(int index) {
  own_index = index;
  for (std::uint32_t seen = 0;;) {
    const auto more = [&] { return opened_.load(std::memory_order_acquire) != seen; };
    if (!patience_.spin(more)) {
      sleepers_.fetch_add(1, std::memory_order_seq_cst);
      while (opened_.load(std::memory_order_seq_cst) == seen) detail::futex_wait(opened_, seen);
      sleepers_.fetch_sub(1, std::memory_order_relaxed);
    }
    seen = opened_.load(std::memory_order_acquire);
    if (!join()) continue;
    if (index < threads_) {
      inheritance.give(inherited_);
      work(index);
      inheritance.give(nullptr);
    }
    leave();
  }
}

// Takes blocks of its own stretch, in order, then of the others'.
void ThreadPool::work(int index) {
  inside_block = true;
  for (int i = 0; i < stretch_count_; ++i) {
    Stretch& stretch = stretches_[static_cast<std::size_t>((index + i) % stretch_count_)];
    while (stretch.next.load(std::memory_order_relaxed) < stretch.end) {
      const std::int64_t block = stretch.next.fetch_add(1, std::memory_order_relaxed);
      if (block < stretch.end) run_block(block);
    }
  }
  inside_block = false;
}

void ThreadPool::run_block(std::int64_t block) {
  try {
    body_(context_, blocks_.first(block), blocks_.first(block + 1));
  } catch (...) {
    const std::lock_guard<std::mutex> lock(failure_mutex_);
    if (failure_ == nullptr || block < failed_block_) {
      failure_ = std::current_exception();
      failed_block_ = block;
    }
  }
}

}  // namespace strata
