// BlockCache: a caching allocator, which a device uses for allocate() and release(). It keeps released blocks and hands
// them out again.
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

// Statistics of a device's memory.
struct MemoryStatistics {
  std::size_t live = 0;                // bytes in use now
  std::size_t peak = 0;                // largest number of bytes in use at once since the last reset
  std::size_t cached = 0;              // bytes kept for later allocations
  std::size_t system_allocations = 0;  // number of allocations from the system; it stops growing when steps repeat
};

// Sizes are rounded up to one of eight classes for each power of two, so that at most 12.5 % of a block is unused and
// requests of nearly equal size can use the same blocks. A released block may be handed out again at once, which is
// correct only where a single queue uses the memory in order. Thread-safe.
class STRATA_API BlockCache {
 public:
  // Functions that take a block from the system (null when there is no memory left) and give one back.
  using Take = std::function<void*(std::size_t bytes)>;
  using GiveBack = std::function<void(void* block, std::size_t bytes)>;

  // `device` is the name in error messages ("cpu", "cuda:0"). The destructor does not give any blocks back to the
  // system.
  BlockCache(std::string device, Take take, GiveBack give_back);

  // Returns a block of at least `bytes` bytes. When the system has no memory left, cached blocks are given back to it
  // and it is asked again. Throws E_MEMORY_EXHAUSTED with the bytes asked for, the bytes in use and the peak.
  void* allocate(std::size_t bytes);
  // Takes back a block from allocate(); `bytes` is the size that was asked for.
  void release(void* block, std::size_t bytes) noexcept;

  MemoryStatistics statistics();  // current statistics
  void reset_peak();              // sets the peak to the bytes in use
  void drop_cached();             // gives cached blocks back to the system

  // While this is on, blocks come from a separate pool, to which they return when they are released. Recorded work uses
  // the same addresses each time it is replayed (Device::record), so other allocations must not get these blocks.
  // Nothing is given back to the system while it is on.
  void use_pool(bool on);
  // Makes the blocks of the pool available to all allocations. Call it when no recording will be replayed any more.
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
