// Device: memory, copies and a queue of work. The computations on a device are kernels, which are registered in a table
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

// A device that exists on this machine.
struct DeviceInfo {
  std::string name;   // name in recipes: "cpu", "cuda:0"
  std::string about;  // description for users: "NVIDIA H200, 139.8 GiB"
};

// A counter of a device: {"waits", 12}.
struct DeviceCount {
  std::string name;    // what is counted, in the plural
  std::int64_t value;  // count since the device object was made
};

// A copy from device memory to host memory.
struct HostCopy {
  void* to;           // address in host memory
  const void* from;   // address in device memory
  std::size_t bytes;  // number of bytes
};

// Work that Device::record() has recorded.
class STRATA_API Recording {
 public:
  Recording() = default;
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  virtual ~Recording();
  // Queues the recorded work once more: the same kernels with the same addresses.
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

  // kind() is the word in KernelRow::device ("cpu", "cuda"); name() is that of this device among those of its kind
  // ("cpu", "cuda:0").
  virtual std::string_view kind() const = 0;
  virtual std::string name() const = 0;
  // Returns an empty text when the device can be used here, else the reason why not, in one line.
  virtual std::string probe() const = 0;
  // True when the host may read and write the memory of the device through plain pointers.
  virtual bool host_accessible() const = 0;

  // Returns at least `bytes` bytes, 64-byte aligned and not cleared. Throws E_MEMORY_EXHAUSTED with the amounts.
  virtual void* allocate(std::size_t bytes) = 0;
  // Takes back memory from allocate(); `bytes` is the size that was asked for.
  virtual void release(void* memory, std::size_t bytes) noexcept = 0;
  // Copies between host memory and device memory, after all work queued before; the copy is complete when the call
  // returns.
  virtual void copy_from_host(void* to, const void* from, std::size_t bytes) = 0;
  virtual void copy_to_host(void* to, const void* from, std::size_t bytes) = 0;
  // Does all these copies to the host; a device may wait once for all of them. The default calls copy_to_host() for
  // each.
  virtual void copy_all_to_host(std::span<const HostCopy> copies);
  // Writes the element at `element` (host memory, `bytes` is 1, 2, 4 or 8) `count` times to `to`, after all work queued
  // before. The default fills host memory and copies it.
  virtual void fill(void* to, const void* element, std::size_t bytes, std::size_t count);
  // The queue that kernels get as KernelCall::stream; null for a device without one. Default: null.
  virtual void* stream() { return nullptr; }
  // Returns when all queued work is done.
  virtual void synchronize() {}
  // True when record() is implemented. Default: false.
  virtual bool records() const { return false; }
  // Calls `work` and records the kernels that it queues, without running them. Memory that `work` allocates comes from
  // a pool that all recordings of the device share: after it is released, the next replay of any recording may
  // overwrite it. `work` may neither read or write device memory from the host nor wait for the queue. That, and
  // anything else that cannot be recorded, throws E_DEVICE_RECORD.
  virtual std::unique_ptr<Recording> record(const std::function<void()>& work);
  // The counters of the device: "allocations" (of blocks from the system), "waits" (of the host for the queue), ...
  // Default: none.
  virtual std::vector<DeviceCount> counts() const { return {}; }
  // All devices of this kind on this machine, whichever of them this object is; empty when the kind cannot be used, for
  // the reason that probe() returns. The default returns this device alone.
  virtual std::vector<DeviceInfo> found() const;
};

// The CPU as a device, which always exists. Its memory comes from a caching allocator (BlockCache).
STRATA_API std::shared_ptr<Device> cpu_device();

// The memory statistics of the CPU device. reset_cpu_memory_peak() sets the peak to the bytes in use now.
STRATA_API MemoryStatistics cpu_memory();
STRATA_API void reset_cpu_memory_peak();

}  // namespace strata
