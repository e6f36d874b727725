#include "cuda/fake/streams.hpp"

#include <algorithm>
#include <utility>

namespace fake {

void Streams::add(CUstream stream, Work work, Kind kind) {
  waiting_[stream].push_back({++queued_, {}, std::move(work), kind});
}

void Streams::follow(CUstream stream, const Mark& after) {
  waiting_[stream].push_back({++queued_, after, {}, Kind::held});
}

Mark Streams::here(CUstream stream) {
  const std::deque<Item>& items = waiting_[stream];
  return {stream, items.empty() ? 0 : items.back().number};
}

bool Streams::past(const Mark& mark) const {
  const auto found = waiting_.find(mark.stream);
  return found == waiting_.end() || found->second.empty() || found->second.front().number > mark.at;
}

bool Streams::idle() const {
  return std::all_of(waiting_.begin(), waiting_.end(), [](const auto& one) { return one.second.empty(); });
}

void Streams::next(std::deque<Item>& stream) {
  if (stream.front().work) run_(stream.front().work);
  stream.pop_front();
}

void Streams::run(const Mark& until) {
  while (!past(until)) {
    std::deque<Item>& stream = waiting_[until.stream];
    if (past(stream.front().after)) {
      next(stream);
    } else {
      run(Mark(stream.front().after));
    }
  }
}

void Streams::run_all() {
  for (const auto& [stream, items] : waiting_) run(here(stream));
}

void Streams::run_copies() {
  const auto free = [this](const Item& item) { return item.work ? item.kind == Kind::from_host : past(item.after); };
  for (auto& [stream, items] : waiting_) {
    while (!items.empty() && free(items.front())) next(items);
  }
}

void Streams::remove(CUstream stream) {
  run(here(stream));
  waiting_.erase(stream);
}

}  // namespace fake
