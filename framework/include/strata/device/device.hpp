// Device: memory, copies and a queue; small on purpose. What runs there are kernels, an open table
// (device/kernels.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/device/block_cache.hpp"

namespace strata {

// One device that is there.
struct DeviceInfo {
  std::string name;   // as a recipe names it: "cpu", "cuda:0"
  std::string about;  // what a user wants to know: "NVIDIA H200, 139.8 GiB"
};

// Something that a device counts: {"waits", 12}.
struct DeviceCount {
  std::string name;    // in the plural
  std::int64_t value;  // since the device is there
};

// Bytes of a device that host memory is to hold.
struct HostCopy {
  void* to;           // in host memory
  const void* from;   // of the device
  std::size_t bytes;  // of both
};

// Work that was taken down by Device::record.
class STRATA_API Recording {
 public:
  Recording() = default;
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  virtual ~Recording();
  // Queues all of it once more: the same kernels on the same addresses.
  virtual void replay() = 0;
};

class STRATA_API Device {
 public:
  static constexpr std::string_view kRole = "device";
  struct Facts {};

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
  // copy_to_host of each; a device waits once for all of them where it can. The default copies them in turn.
  virtual void copy_all_to_host(std::span<const HostCopy> copies);
  // Writes the element at `element`, of 1, 2, 4 or 8 bytes, `count` times; in the order of the queue. The default
  // copies from the host.
  virtual void fill(void* to, const void* element, std::size_t bytes, std::size_t count);
  // The queue that kernels are given (KernelCall::stream); null where there is none.
  virtual void* stream() { return nullptr; }
  // Returns when all that was queued is done.
  virtual void synchronize() {}
  // Whether record() works here. Default: false.
  virtual bool records() const { return false; }
  // Takes down what `work` queues, without running any of it. Blocks that it allocates are of a pool that the device's
  // recordings share: what is in one when it is released may be gone at the next replay of any. `work` may not read or
  // write device memory from the host, nor wait: E_DEVICE_RECORD, as is whatever cannot be taken down.
  virtual std::unique_ptr<Recording> record(const std::function<void()>& work);
  // What it counts: "allocations" (blocks asked of the system), "waits" (of the host for the queue), ... Default: none.
  virtual std::vector<DeviceCount> counts() const { return {}; }
  // All devices of this kind that are there, whichever of them this object is; none where probe() says why. The
  // default knows of this one alone.
  virtual std::vector<DeviceInfo> found() const;
};

// Host memory behind a caching allocator: blocks are kept by size class and handed out again. Always there.
STRATA_API std::shared_ptr<Device> cpu_device();

// Of the CPU device's memory, now; reset_cpu_memory_peak sets the peak to what is live.
STRATA_API MemoryStatistics cpu_memory();
STRATA_API void reset_cpu_memory_peak();

}  // namespace strata
