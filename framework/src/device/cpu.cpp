// The CPU device: host memory behind a cache of blocks.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include <fmt/format.h>

#include "strata/device/block_cache.hpp"
#include "strata/device/device.hpp"
#include "strata/device/parallel.hpp"

namespace strata {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20U;

void* take_from_system(std::size_t size) {
  const bool large = size >= 2 * kHugePage;
  const std::size_t alignment = large ? kHugePage : kAlignment;
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  void* block = rounded < size ? nullptr : std::aligned_alloc(alignment, rounded);
  if (large && block != nullptr) madvise(block, rounded, MADV_HUGEPAGE);
  return block;
}

// Never destroyed: tensors of other static objects may outlive any order of destruction.
BlockCache& blocks() {
  static auto* instance = new BlockCache("cpu", take_from_system, [](void* block, std::size_t) { std::free(block); });
  return *instance;
}

class CpuDevice final : public Device {
 public:
  std::string_view kind() const override { return "cpu"; }
  std::string name() const override { return "cpu"; }
  std::string probe() const override { return {}; }
  bool host_accessible() const override { return true; }
  void* allocate(std::size_t bytes) override { return blocks().allocate(bytes); }
  void release(void* memory, std::size_t bytes) noexcept override { blocks().release(memory, bytes); }
  void copy_from_host(void* to, const void* from, std::size_t bytes) override { copy(to, from, bytes); }
  void copy_to_host(void* to, const void* from, std::size_t bytes) override { copy(to, from, bytes); }
  std::vector<DeviceInfo> found() const override {
    const double bytes = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGE_SIZE));
    return {{name(), fmt::format("{} threads, {:.1f} GiB", thread_count(), bytes / (1U << 30U))}};
  }

 private:
  // Nothing may be nowhere: memcpy wants a place even then.
  static void copy(void* to, const void* from, std::size_t bytes) {
    if (bytes > 0) std::memcpy(to, from, bytes);
  }
};

}  // namespace

std::shared_ptr<Device> cpu_device() {
  static auto* device = new std::shared_ptr<Device>(std::make_shared<CpuDevice>());
  return *device;
}

MemoryStatistics cpu_memory() { return blocks().statistics(); }
void reset_cpu_memory_peak() { blocks().reset_peak(); }

}  // namespace strata
