// Staging: pinned host memory that copies go through, so that they wait in the queue like a kernel and the caller's
// memory is free at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "driver.hpp"

namespace strata::cuda {

class Staging {
 public:
  static constexpr std::size_t kBytes = std::size_t{4} << 20U;  // of a buffer; longer copies go in parts

  explicit Staging(std::string device) : device_(std::move(device)) {}

  void start(CUstream stream);  // once, before all else
  void end();                   // gives back what start() took

  // In the queue when it returns; waits only where all buffers are full of copies that are still to come.
  void copy_in(CUdeviceptr to, const void* from, std::size_t bytes);
  // Done when it returns.
  void copy_out(void* to, CUdeviceptr from, std::size_t bytes);

  std::int64_t copies_in() const { return copies_in_; }    // since the start, parts counted singly
  std::int64_t copies_out() const { return copies_out_; }  // likewise
  std::int64_t waits() const { return waits_; }            // of the host for the queue

 private:
  struct Buffer {
    void* memory = nullptr;
    CUevent done = nullptr;  // the last copy from or into it
    std::size_t used = 0;    // bytes of it that copies still need; incoming ones share a buffer
    bool busy = false;       // done is still to come, as far as is known
  };
  void start(Buffer& buffer);
  void wait_for(Buffer& buffer);

  std::string device_;
  CUstream stream_ = nullptr;
  std::array<Buffer, 4> in_;
  std::array<Buffer, 2> out_;
  std::size_t filling_ = 0;  // of in_
  std::int64_t copies_in_ = 0, copies_out_ = 0, waits_ = 0;
};

}  // namespace strata::cuda
