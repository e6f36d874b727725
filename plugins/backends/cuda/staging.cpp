#include "staging.hpp"

#include <algorithm>
#include <cstring>

#include "strata/core/error.hpp"

namespace strata::cuda {
namespace {

constexpr std::size_t kAlignment = 256;  // of parts in a buffer
std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

void Staging::start(Buffer& buffer) {
  check(driver().call.allocate_pinned(&buffer.memory, kBytes, 0), device_, "cuMemHostAlloc");
  check(driver().call.event_create(&buffer.done, CU_EVENT_DISABLE_TIMING), device_, "cuEventCreate");
}

void Staging::start(CUstream stream) {
  const DriverTable& call = driver().call;
  stream_ = stream;
  check(call.stream_create(&copies_, CU_STREAM_NON_BLOCKING), device_, "cuStreamCreate");
  const std::size_t bytes = in_.size() * kBytes;
  const CUresult taken = call.allocate(&landing_, bytes);
  if (taken == CUDA_ERROR_OUT_OF_MEMORY) {
    throw Error("E_MEMORY_EXHAUSTED", device_,
                std::to_string(bytes) + " bytes, through which copies from the host go, are not to be had",
                "another process may use this card");
  }
  check(taken, device_, "cuMemAlloc");
  CUdeviceptr landing = landing_;
  for (Incoming& one : in_) {
    start(one);
    one.landing = landing;
    landing += kBytes;
    check(call.event_create(&one.landed, CU_EVENT_DISABLE_TIMING), device_, "cuEventCreate");
  }
  for (Outgoing& one : out_) start(one);
}

void Staging::end(Buffer& buffer) noexcept {
  if (buffer.done != nullptr) (void)driver().call.event_destroy(buffer.done);
  if (buffer.memory != nullptr) (void)driver().call.release_pinned(buffer.memory);
}

// After a fault the copy queue may hold what the queue does not wait for.
void Staging::end() noexcept {
  const DriverTable& call = driver().call;
  if (copies_ != nullptr) (void)call.stream_wait(copies_);
  for (Incoming& one : in_) {
    end(one);
    if (one.landed != nullptr) (void)call.event_destroy(one.landed);
    one = {};
  }
  for (Outgoing& one : out_) {
    end(one);
    one = {};
  }
  if (landing_ != 0) (void)call.release(landing_);
  if (copies_ != nullptr) (void)call.stream_destroy(copies_);
  landing_ = 0;
  copies_ = nullptr;
}

void Staging::wait_for(Buffer& buffer) {
  if (buffer.busy && driver().call.event_query(buffer.done) != CUDA_SUCCESS) {
    ++waits_;
    check(driver().call.event_wait(buffer.done), device_, "cuEventSynchronize");
  }
  buffer.busy = false;
  buffer.used = 0;
}

// What stands behind through.used goes to `to`, in the queue's order.
void Staging::part_in(CUdeviceptr to, const Incoming& through, std::size_t bytes) {
  const DriverTable& call = driver().call;
  const char* from = static_cast<const char*>(through.memory) + through.used;
  if (bytes <= kInOrder) {
    check(call.copy_in(to, from, bytes, stream_), device_, "cuMemcpyHtoDAsync");
  } else {
    const CUdeviceptr landing = through.landing + through.used;
    check(call.copy_in(landing, from, bytes, copies_), device_, "cuMemcpyHtoDAsync");
    check(call.event_record(through.landed, copies_), device_, "cuEventRecord");
    check(call.stream_follow(stream_, through.landed, 0), device_, "cuStreamWaitEvent");
    check(call.copy_within(to, landing, bytes, stream_), device_, "cuMemcpyDtoDAsync");
  }
  check(call.event_record(through.done, stream_), device_, "cuEventRecord");
}

void Staging::copy_in(CUdeviceptr to, const void* from, std::size_t bytes) {
  for (std::size_t at = 0; at < bytes;) {
    if (in_[filling_].used == kBytes) {
      filling_ = (filling_ + 1) % in_.size();
      wait_for(in_[filling_]);
    }
    Incoming& buffer = in_[filling_];
    const std::size_t part = std::min(kBytes - buffer.used, bytes - at);
    std::memcpy(static_cast<char*>(buffer.memory) + buffer.used, static_cast<const char*>(from) + at, part);
    part_in(to + at, buffer, part);
    buffer.busy = true;
    buffer.used += aligned(part);
    ++copies_in_;
    at += part;
  }
}

void Staging::hand_over(Outgoing& buffer) {
  if (buffer.parts.empty()) return;
  wait_for(buffer);
  for (const Outgoing::Part& part : buffer.parts) {
    std::memcpy(part.to, static_cast<const char*>(buffer.memory) + part.at, part.bytes);
  }
  buffer.parts.clear();
}

// Two buffers in turn: while one is read by the host, the card fills the other.
void Staging::copy_out(std::span<const HostCopy> copies) {
  const DriverTable& call = driver().call;
  for (Outgoing& one : out_) one.parts.clear(), one.used = 0;  // of a call that ended by an error
  std::size_t filling = 0;
  const auto queued = [&] {
    check(call.event_record(out_[filling].done, stream_), device_, "cuEventRecord");
    out_[filling].busy = true;
    filling = (filling + 1) % out_.size();
    hand_over(out_[filling]);
  };
  for (const HostCopy& copy : copies) {
    for (std::size_t at = 0; at < copy.bytes;) {
      if (out_[filling].used == kBytes) queued();
      Outgoing& buffer = out_[filling];
      const std::size_t bytes = std::min(kBytes - buffer.used, copy.bytes - at);
      check(call.copy_out(static_cast<char*>(buffer.memory) + buffer.used, address(copy.from) + at, bytes, stream_),
            device_, "cuMemcpyDtoHAsync");
      buffer.parts.push_back({static_cast<char*>(copy.to) + at, buffer.used, bytes});
      buffer.used += aligned(bytes);
      ++copies_out_;
      at += bytes;
    }
  }
  queued();
  for (Outgoing& one : out_) hand_over(one);
}

}  // namespace strata::cuda
