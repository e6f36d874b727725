#include "strata/device/block_cache.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "strata/core/error.hpp"

namespace strata {
namespace {

constexpr std::size_t kAlignment = 64;

std::size_t class_of(std::size_t bytes) {
  if (bytes <= kAlignment) return kAlignment;
  const std::size_t step = std::max(std::bit_ceil(bytes) / 16, kAlignment);
  return (bytes + step - 1) / step * step;
}

// The last one; null when there is none.
void* taken_from(std::vector<void*>& blocks) {
  if (blocks.empty()) return nullptr;
  void* const block = blocks.back();
  blocks.pop_back();
  return block;
}

}  // namespace

BlockCache::BlockCache(std::string device, Take take, GiveBack give_back)
    : device_(std::move(device)), take_(std::move(take)), give_back_(std::move(give_back)) {}

void* BlockCache::allocate(std::size_t bytes) {
  const std::size_t size = class_of(bytes);
  const std::lock_guard lock(mutex_);
  void* block = pooling_ ? taken_from(free_pooled_[size]) : nullptr;
  if (block == nullptr) {
    block = taken_from(free_[size]);
    if (block != nullptr && pooling_) pooled_.insert(block);
  }
  if (block != nullptr) {
    statistics_.cached -= size;
  } else {
    block = take_(size);
    if (block == nullptr && !pooling_) {
      drop_cached_locked();
      block = take_(size);
    }
    if (block == nullptr) {
      throw Error("E_MEMORY_EXHAUSTED", device_,
                  std::to_string(bytes) + " bytes are not to be had; " + std::to_string(statistics_.live) +
                      " bytes are in use, " + std::to_string(statistics_.peak) + " at most so far",
                  "smaller batches need less");
    }
    ++statistics_.system_allocations;
    if (pooling_) pooled_.insert(block);
  }
  statistics_.live += size;
  statistics_.peak = std::max(statistics_.peak, statistics_.live);
  return block;
}

void BlockCache::release(void* block, std::size_t bytes) noexcept {
  const std::size_t size = class_of(bytes);
  const std::lock_guard lock(mutex_);
  statistics_.live -= size;
  try {
    (pooled_.empty() || pooled_.count(block) == 0 ? free_ : free_pooled_)[size].push_back(block);
    statistics_.cached += size;
  } catch (const std::bad_alloc&) {
    give_back_(block, size);
  }
}

MemoryStatistics BlockCache::statistics() {
  const std::lock_guard lock(mutex_);
  return statistics_;
}

void BlockCache::reset_peak() {
  const std::lock_guard lock(mutex_);
  statistics_.peak = statistics_.live;
}

void BlockCache::drop_cached() {
  const std::lock_guard lock(mutex_);
  drop_cached_locked();
}

void BlockCache::drop_cached_locked() {
  for (auto& [size, blocks] : free_) {
    for (void* block : blocks) give_back_(block, size);
    statistics_.cached -= size * blocks.size();
    blocks.clear();
  }
}

void BlockCache::use_pool(bool on) {
  const std::lock_guard lock(mutex_);
  pooling_ = on;
}

void BlockCache::dissolve_pool() {
  const std::lock_guard lock(mutex_);
  for (auto& [size, blocks] : free_pooled_) {
    std::vector<void*>& others = free_[size];
    others.insert(others.end(), blocks.begin(), blocks.end());
  }
  free_pooled_.clear();
  pooled_.clear();
}

}  // namespace strata
