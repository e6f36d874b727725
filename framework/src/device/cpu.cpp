// The CPU device: host memory behind a caching allocator of size classes.
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "strata/core/error.hpp"
#include "strata/device/device.hpp"

namespace strata {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20U;

// Eight classes a power of two: at most 12.5 % of a block is waste, and blocks of nearly equal size are shared.
std::size_t class_of(std::size_t bytes) {
  if (bytes <= kAlignment) return kAlignment;
  const std::size_t step = std::max(std::bit_ceil(bytes) / 16, kAlignment);
  return (bytes + step - 1) / step * step;
}

class CachingAllocator {
 public:
  void* allocate(std::size_t bytes) {
    const std::size_t size = class_of(bytes);
    const std::lock_guard lock(mutex_);
    std::vector<void*>& blocks = free_[size];
    void* block = nullptr;
    if (!blocks.empty()) {
      block = blocks.back();
      blocks.pop_back();
      statistics_.cached -= size;
    } else {
      block = from_system(size);
    }
    statistics_.live += size;
    statistics_.peak = std::max(statistics_.peak, statistics_.live);
    return block;
  }

  void release(void* block, std::size_t bytes) noexcept {
    const std::size_t size = class_of(bytes);
    const std::lock_guard lock(mutex_);
    statistics_.live -= size;
    try {
      free_[size].push_back(block);
      statistics_.cached += size;
    } catch (const std::bad_alloc&) {
      std::free(block);
    }
  }

  MemoryStatistics statistics() {
    const std::lock_guard lock(mutex_);
    return statistics_;
  }
  void reset_peak() {
    const std::lock_guard lock(mutex_);
    statistics_.peak = statistics_.live;
  }

 private:
  void* from_system(std::size_t size) {
    const bool large = size >= 2 * kHugePage;
    const std::size_t alignment = large ? kHugePage : kAlignment;
    const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
    void* block = rounded < size ? nullptr : std::aligned_alloc(alignment, rounded);
    if (block == nullptr) {
      drop_cache();
      block = rounded < size ? nullptr : std::aligned_alloc(alignment, rounded);
    }
    if (block == nullptr) {
      throw Error(
          "E_MEMORY_EXHAUSTED", "cpu",
          std::to_string(size) + " bytes are not to be had; " + std::to_string(statistics_.live) + " bytes are in use");
    }
    if (large) madvise(block, rounded, MADV_HUGEPAGE);
    ++statistics_.system_allocations;
    return block;
  }

  void drop_cache() {
    for (auto& [size, blocks] : free_) {
      for (void* block : blocks) std::free(block);
      blocks.clear();
    }
    statistics_.cached = 0;
  }

  std::mutex mutex_;
  std::unordered_map<std::size_t, std::vector<void*>> free_;
  MemoryStatistics statistics_;
};

// Never destroyed: tensors of other static objects may outlive any order of destruction.
CachingAllocator& allocator() {
  static auto* instance = new CachingAllocator;
  return *instance;
}

class CpuDevice final : public Device {
 public:
  std::string_view kind() const override { return "cpu"; }
  std::string name() const override { return "cpu"; }
  std::string probe() const override { return {}; }
  bool host_accessible() const override { return true; }
  void* allocate(std::size_t bytes) override { return allocator().allocate(bytes); }
  void release(void* memory, std::size_t bytes) noexcept override { allocator().release(memory, bytes); }
  void copy_from_host(void* to, const void* from, std::size_t bytes) override { copy(to, from, bytes); }
  void copy_to_host(void* to, const void* from, std::size_t bytes) override { copy(to, from, bytes); }

 private:
  // Nothing may be nowhere: memcpy wants a place even then.
  static void copy(void* to, const void* from, std::size_t bytes) {
    if (bytes > 0) std::memcpy(to, from, bytes);
  }
};

}  // namespace

Device::~Device() = default;

std::shared_ptr<Device> cpu_device() {
  static auto* device = new std::shared_ptr<Device>(std::make_shared<CpuDevice>());
  return *device;
}

MemoryStatistics cpu_memory() { return allocator().statistics(); }
void reset_cpu_memory_peak() { allocator().reset_peak(); }

}  // namespace strata
