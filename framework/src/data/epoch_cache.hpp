// EpochCache: what is computed once for an epoch. That of the last two epochs stays in memory.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>

namespace strata::detail {

template <class Value>
class EpochCache {
 public:
  // Returns the value of an epoch, which `make` gives as a shared pointer when it is not there. Several threads may
  // call it at once; then one of them makes it.
  template <class Make>
  std::shared_ptr<const Value> of(std::int64_t epoch, Make&& make) {
    const std::lock_guard lock(mutex_);
    auto& slot = made_[epoch];
    if (slot == nullptr) slot = make();
    std::shared_ptr<const Value> found = slot;
    while (made_.size() > 2) made_.erase(made_.begin()->first == epoch ? std::prev(made_.end()) : made_.begin());
    return found;
  }

 private:
  std::mutex mutex_;
  std::map<std::int64_t, std::shared_ptr<const Value>> made_;
};

}  // namespace strata::detail
