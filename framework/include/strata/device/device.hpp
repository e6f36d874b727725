// Device: memory, copies and a queue; small on purpose. What runs there are kernels, an open table
// (device/kernels.hpp).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "strata/core/export.hpp"

namespace strata {

class STRATA_API Device {
 public:
  static constexpr std::string_view kRole = "device";
  struct Shape {};

  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  virtual ~Device();

  // Kind: what KernelRow::device names ("cpu", "cuda"). Name: one of that kind ("cpu", "cuda:0").
  virtual std::string_view kind() const = 0;
  virtual std::string name() const = 0;
  // Empty when the device can run here, else the reason why not, in one line.
  virtual std::string probe() const = 0;
  // True when the host may read and write its memory through the plain pointer.
  virtual bool host_accessible() const = 0;

  // At least `bytes` bytes, 64-byte aligned, not cleared. Throws E_MEMORY_EXHAUSTED with the amounts.
  virtual void* allocate(std::size_t bytes) = 0;
  // Takes back what allocate() gave, with the same size.
  virtual void release(void* memory, std::size_t bytes) noexcept = 0;
  // Between host memory and the device's; in the order of the queue, done when the call returns.
  virtual void copy_from_host(void* to, const void* from, std::size_t bytes) = 0;
  virtual void copy_to_host(void* to, const void* from, std::size_t bytes) = 0;
  // The queue that kernels are given (KernelCall::stream); null where there is none.
  virtual void* stream() { return nullptr; }
  // Returns when all that was queued is done.
  virtual void synchronize() {}
};

// Host memory behind a caching allocator: blocks are kept by size class and handed out again. Always there.
STRATA_API std::shared_ptr<Device> cpu_device();

// Of the CPU device's allocator, in bytes unless said otherwise.
struct MemoryStatistics {
  std::size_t live = 0;                // bytes handed out now
  std::size_t peak = 0;                // the most handed out at once since the last reset
  std::size_t cached = 0;              // bytes kept for the next allocation
  std::size_t system_allocations = 0;  // how often the system was asked: constant on a warm path
};
// Now; reset_cpu_memory_peak sets the peak to what is live.
STRATA_API MemoryStatistics cpu_memory();
STRATA_API void reset_cpu_memory_peak();

}  // namespace strata
