#include "staging.hpp"

#include <algorithm>
#include <cstring>

namespace strata::cuda {

void Staging::start(Buffer& buffer) {
  check(driver().call.allocate_pinned(&buffer.memory, kBytes, 0), device_, "cuMemHostAlloc");
  check(driver().call.event_create(&buffer.done, CU_EVENT_DISABLE_TIMING), device_, "cuEventCreate");
}

void Staging::start(CUstream stream) {
  stream_ = stream;
  for (Buffer& one : in_) start(one);
  for (Buffer& one : out_) start(one);
}

void Staging::end() {
  const auto end = [](Buffer& one) {
    if (one.done != nullptr) (void)driver().call.event_destroy(one.done);
    if (one.memory != nullptr) (void)driver().call.release_pinned(one.memory);
  };
  std::for_each(in_.begin(), in_.end(), end);
  std::for_each(out_.begin(), out_.end(), end);
}

void Staging::wait_for(Buffer& buffer) {
  if (buffer.busy && driver().call.event_query(buffer.done) != CUDA_SUCCESS) {
    ++waits_;
    check(driver().call.event_wait(buffer.done), device_, "cuEventSynchronize");
  }
  buffer.busy = false;
  buffer.used = 0;
}

void Staging::copy_in(CUdeviceptr to, const void* from, std::size_t bytes) {
  constexpr std::size_t kAlignment = 256;
  for (std::size_t at = 0; at < bytes;) {
    if (in_[filling_].used == kBytes) {
      filling_ = (filling_ + 1) % in_.size();
      wait_for(in_[filling_]);
    }
    Buffer& buffer = in_[filling_];
    const std::size_t part = std::min(kBytes - buffer.used, bytes - at);
    char* through = static_cast<char*>(buffer.memory) + buffer.used;
    std::memcpy(through, static_cast<const char*>(from) + at, part);
    check(driver().call.copy_in(to + at, through, part, stream_), device_, "cuMemcpyHtoDAsync");
    check(driver().call.event_record(buffer.done, stream_), device_, "cuEventRecord");
    buffer.busy = true;
    buffer.used = std::min(kBytes, (buffer.used + part + kAlignment - 1) / kAlignment * kAlignment);
    ++copies_in_;
    at += part;
  }
}

// Two buffers in turn: while one is read by the host, the card fills the other.
void Staging::copy_out(void* to, CUdeviceptr from, std::size_t bytes) {
  struct Part {
    Buffer* buffer;
    std::size_t at, bytes;
  };
  Part before{nullptr, 0, 0};
  const auto take = [&](const Part& part) {
    wait_for(*part.buffer);
    std::memcpy(static_cast<char*>(to) + part.at, part.buffer->memory, part.bytes);
  };
  std::size_t next = 0;
  for (std::size_t at = 0; at < bytes; at += kBytes) {
    const Part part{&out_[next++ % out_.size()], at, std::min(kBytes, bytes - at)};
    check(driver().call.copy_out(part.buffer->memory, from + at, part.bytes, stream_), device_, "cuMemcpyDtoHAsync");
    check(driver().call.event_record(part.buffer->done, stream_), device_, "cuEventRecord");
    part.buffer->busy = true;
    ++copies_out_;
    if (before.buffer != nullptr) take(before);
    before = part;
  }
  if (before.buffer != nullptr) take(before);
}

}  // namespace strata::cuda
