// Staging: pinned host memory that copies go through, so that they wait in the queue like a kernel and the caller's
// memory is free at once; and the copy queue, in which copies from the host cross while the queue computes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "driver.hpp"
#include "strata/device/device.hpp"

namespace strata::cuda {

class Staging {
 public:
  static constexpr std::size_t kBytes = std::size_t{4} << 20U;  // of a buffer; longer copies go in parts
  // Up to here a part from the host goes in the queue itself. By the copy queue it costs that queue a copy on the card
  // and a wait for an event, 3 to 5 us; 128 KiB cross PCIe in 2.6 us (at 50 GB/s) to 5.2 us (at 25 GB/s). An estimate:
  // not yet measured on a GPU.
  static constexpr std::size_t kInOrder = std::size_t{128} << 10U;

  explicit Staging(std::string device) : device_(std::move(device)) {}

  // Before all else; `stream` is the queue. Memory of the card that is not to be had is E_MEMORY_EXHAUSTED.
  void start(CUstream stream);
  void end() noexcept;  // gives back what start() took, or the part of it that it took before it threw

  // In the queue when it returns; waits only where all buffers are full of copies that are still to come.
  void copy_in(CUdeviceptr to, const void* from, std::size_t bytes);
  // Done when it returns; up to kBytes of them, all together, are waited for once.
  void copy_out(std::span<const HostCopy> copies);

  std::int64_t copies_in() const { return copies_in_; }    // since the start, parts counted singly
  std::int64_t copies_out() const { return copies_out_; }  // likewise
  std::int64_t waits() const { return waits_; }            // of the host for the queue

 private:
  struct Buffer {
    void* memory = nullptr;
    CUevent done = nullptr;  // the queue's last copy from or into it
    std::size_t used = 0;    // bytes of it that copies still need, a multiple of kAlignment
    bool busy = false;       // done is still to come, as far as is known
  };
  // Each byte of it has one on the card, where it lands by the copy queue. The queue, and it alone, takes it from there
  // to where it belongs, which kernels that were queued before may still be reading. Both are free when `done` is.
  struct Incoming : Buffer {
    CUdeviceptr landing = 0;
    CUevent landed = nullptr;  // the copy queue's last copy
  };
  // What stands in it from `at` on is for the host's memory at `to`.
  struct Outgoing : Buffer {
    struct Part {
      void* to;
      std::size_t at, bytes;
    };
    std::vector<Part> parts;
  };
  void start(Buffer& buffer);
  void end(Buffer& buffer) noexcept;
  void wait_for(Buffer& buffer);
  void part_in(CUdeviceptr to, const Incoming& through, std::size_t bytes);
  void hand_over(Outgoing& buffer);  // to the host, once all of it is there

  std::string device_;
  CUstream stream_ = nullptr, copies_ = nullptr;  // the queue, the copy queue
  CUdeviceptr landing_ = 0;                       // of all of in_
  std::array<Incoming, 4> in_;
  std::array<Outgoing, 2> out_;
  std::size_t filling_ = 0;  // of in_
  std::int64_t copies_in_ = 0, copies_out_ = 0, waits_ = 0;
};

}  // namespace strata::cuda
