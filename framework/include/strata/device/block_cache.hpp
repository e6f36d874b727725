// What a device's allocate and release stand on: blocks by size class, kept and handed out again.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

// In bytes unless said otherwise.
struct MemoryStatistics {
  std::size_t live = 0;                // bytes handed out now
  std::size_t peak = 0;                // the most handed out at once since the last reset
  std::size_t cached = 0;              // bytes kept for the next allocation
  std::size_t system_allocations = 0;  // how often the system was asked: constant on a warm path
};

// Eight classes a power of two: at most 12.5 % of a block is waste, and blocks of nearly equal size are shared. A block
// that comes back is handed out at once: right where one queue uses the memory in order. Thread-safe.
class STRATA_API BlockCache {
 public:
  // Where blocks come from: null when there is nothing left; and where they go back to.
  using Take = std::function<void*(std::size_t bytes)>;
  using GiveBack = std::function<void(void* block, std::size_t bytes)>;

  // device: named by errors ("cpu", "cuda:0"). The blocks that are cached or out at the end are not given back.
  BlockCache(std::string device, Take take, GiveBack give_back);

  // At least `bytes` bytes. When the system has no more, what is cached is given back first. Throws
  // E_MEMORY_EXHAUSTED with the bytes asked for, in use, and the peak.
  void* allocate(std::size_t bytes);
  // Takes back what allocate() gave, with the same size.
  void release(void* block, std::size_t bytes) noexcept;

  MemoryStatistics statistics();  // now
  void reset_peak();              // the peak becomes what is live
  void drop_cached();             // gives back what is not handed out

  // While on, blocks are of a pool apart, where they stay: work that was recorded and is replayed (Device::record) uses
  // its addresses again. Nothing is given back meanwhile.
  void use_pool(bool on);
  // The pool's blocks become like all others, as nothing is replayed any more.
  void dissolve_pool();

 private:
  using Free = std::unordered_map<std::size_t, std::vector<void*>>;
  void drop_cached_locked();

  std::string device_;
  Take take_;
  GiveBack give_back_;
  std::mutex mutex_;
  Free free_, free_pooled_;
  std::unordered_set<const void*> pooled_;
  bool pooling_ = false;
  MemoryStatistics statistics_;
};

}  // namespace strata
