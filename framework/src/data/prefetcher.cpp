// Prefetcher: one thread, one bounded queue.
#include "strata/data/prefetcher.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "core/start_thread.hpp"

namespace strata {

struct Prefetcher::State {
  BatchSource source;
  std::size_t depth;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Batch> queue;
  std::exception_ptr fault;
  bool ended = false;    // the source gave its last batch, or threw
  bool stopped = false;  // the reader went away
  std::thread thread;

  void run() noexcept;
};

void Prefetcher::State::run() noexcept {
  for (;;) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return stopped || queue.size() < depth; });
      if (stopped) return;
    }
    std::optional<Batch> batch;
    std::exception_ptr thrown;
    try {
      batch = source();
    } catch (...) {
      thrown = std::current_exception();
    }
    const std::lock_guard lock(mutex);
    if (batch) queue.push_back(std::move(*batch));
    fault = thrown;
    ended = !batch;
    changed.notify_all();
    if (ended) return;
  }
}

Prefetcher::Prefetcher(BatchSource source, std::int64_t depth) : state_(std::make_unique<State>()) {
  state_->source = std::move(source);
  state_->depth = static_cast<std::size_t>(std::max<std::int64_t>(depth, 1));
  state_->thread = start_thread("the thread that reads ahead", [state = state_.get()] { state->run(); });
}

Prefetcher::~Prefetcher() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
    state_->changed.notify_all();
  }
  state_->thread.join();
}

std::optional<Batch> Prefetcher::next() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return !state_->queue.empty() || state_->ended; });
  if (state_->queue.empty()) {
    if (state_->fault) std::rethrow_exception(state_->fault);
    return std::nullopt;
  }
  std::optional<Batch> batch(std::move(state_->queue.front()));
  state_->queue.pop_front();
  state_->changed.notify_all();
  return batch;
}

}  // namespace strata
