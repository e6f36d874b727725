#include "device.hpp"

#include <fmt/format.h>

#include "cublaslt.hpp"
#include "kernels/fill.hpp"
#include "launch.hpp"
#include "products.hpp"
#include "queue.hpp"
#include "recording.hpp"
#include "rnn.hpp"
#include "room.hpp"
#include "strata/core/error.hpp"
#include "strata/core/log.hpp"

namespace strata::cuda {
namespace {

// What a user has to know where there is no cuBLASLt; else nothing.
std::string products_without() {
  const std::string& reason = cublaslt().reason;
  return reason.empty() ? reason : reason + ": products run on general kernels, far slower";
}

}  // namespace

CudaDevice::CudaDevice(const Options& options)
    : index_(options.index),
      tf32_(options.tf32),
      split_all_(options.split_all),
      name_("cuda:" + std::to_string(options.index)),
      blocks_(
          name_,
          [this](std::size_t bytes) -> void* {
            CUdeviceptr memory = 0;
            const CUresult result = ready().allocate(&memory, bytes);
            if (result == CUDA_ERROR_OUT_OF_MEMORY) {
              // What is cached goes back next: the driver may, but need not, wait for work that uses it.
              if (!recording_) check(driver().call.stream_wait(stream_), name_, "cuStreamSynchronize");
              return nullptr;
            }
            check(result, name_, "cuMemAlloc");
            return reinterpret_cast<void*>(
                memory);  // NOLINT(performance-no-int-to-ptr): the driver's addresses are numbers
          },
          // A fault of before shows at the next call that can throw.
          [](void* block, std::size_t) { (void)driver().call.release(address(block)); }),
      staging_(name_) {}

// Faults are of no use to anybody any more.
CudaDevice::~CudaDevice() {
  if (!started_) return;
  const DriverTable& call = driver().call;
  (void)call.set_context(context_);
  (void)call.stream_wait(stream_);
  end_products(stream_);
  end_rnn(stream_);
  blocks_.drop_cached();
  give_back();
}

std::string CudaDevice::probe() const {
  const Driver& here = driver();
  if (!here.reason.empty()) return here.reason;
  const auto count = static_cast<std::int64_t>(here.cards.size());
  if (index_ >= count) {
    return fmt::format("index {} is out of range: {} device{} here, counted from 0", index_, count,
                       count == 1 ? "" : "s");
  }
  const Card& card = here.cards[static_cast<std::size_t>(index_)];
  if (!card.served()) {
    return fmt::format("{} has compute capability {}.{}, kernels are built for 8.0 and later", card.name, card.major,
                       card.minor);
  }
  return {};
}

std::vector<DeviceInfo> CudaDevice::found() const {
  std::vector<DeviceInfo> all;
  if (driver().cards.empty()) return all;
  const std::string without = products_without();
  for (const Card& card : driver().cards) {
    all.push_back(
        {"cuda:" + std::to_string(all.size()), fmt::format("{}, {:.1f} GiB, compute capability {}.{}{}{}", card.name,
                                                           static_cast<double>(card.bytes) / (1U << 30U), card.major,
                                                           card.minor, without.empty() ? "" : "; ", without)});
  }
  return all;
}

const DriverTable& CudaDevice::ready() {
  const DriverTable& call = driver().call;
  {
    const std::lock_guard lock(mutex_);
    if (!started_) start();
  }
  check(call.set_context(context_), name_, "cuCtxSetCurrent");
  return call;
}

void CudaDevice::start() {
  if (const std::string reason = probe(); !reason.empty()) {
    throw Error("E_DEVICE_UNAVAILABLE", name_, reason, "strata devices lists what is there");
  }
  const DriverTable& call = driver().call;
  CUdevice device = 0;
  check(call.device(&device, static_cast<int>(index_)), name_, "cuDeviceGet");
  check(call.retain_context(&context_, device), name_, "cuDevicePrimaryCtxRetain");
  check(call.set_context(context_), name_, "cuCtxSetCurrent");
  try {
    take();
  } catch (...) {
    give_back();
    throw;
  }
  if (const std::string without = products_without(); !without.empty()) log_warning(name_ + ": " + without);
  started_ = true;
}

void CudaDevice::take() {
  check(driver().call.stream_create(&stream_, CU_STREAM_NON_BLOCKING), name_, "cuStreamCreate");
  const Card& card = driver().cards[static_cast<std::size_t>(index_)];
  const Queue queue{stream_, this, &blocks_, name_, card.major, card.minor, tf32_, split_all_, beside_};
  add_queue(stream_, queue);
  for (Beside& one : beside_) {
    one.start(name_);
    add_queue(one.stream, queue);
  }
  staging_.start(stream_);
}

void CudaDevice::give_back() noexcept {
  staging_.end();
  for (Beside& one : beside_) {
    remove_queue(one.stream);
    one.end();
  }
  remove_queue(stream_);
  if (stream_ != nullptr) (void)driver().call.stream_destroy(stream_);
  stream_ = nullptr;
}

void* CudaDevice::allocate(std::size_t bytes) { return blocks_.allocate(bytes); }
void CudaDevice::release(void* memory, std::size_t bytes) noexcept { blocks_.release(memory, bytes); }

void* CudaDevice::stream() {
  (void)ready();
  return stream_;
}

void CudaDevice::refuse_in_recording(const char* what) const {
  if (!recording_) return;
  throw Error(
      "E_DEVICE_RECORD", name_, std::string(what) + " cannot be taken down to be replayed",
      "a step whose host looks at the device runs as it is: neither train.replay nor decode.replay is of use to it");
}

void CudaDevice::synchronize() {
  const DriverTable& call = ready();
  const std::lock_guard lock(mutex_);
  refuse_in_recording("a wait for the device");
  ++waits_;
  check(call.stream_wait(stream_), name_, "cuStreamSynchronize");
}

void CudaDevice::copy_from_host(void* to, const void* from, std::size_t bytes) {
  (void)ready();
  const std::lock_guard lock(mutex_);
  refuse_in_recording("a copy from the host");
  staging_.copy_in(address(to), from, bytes);
}

void CudaDevice::copy_to_host(void* to, const void* from, std::size_t bytes) {
  const HostCopy one{to, from, bytes};
  copy_all_to_host({&one, 1});
}

void CudaDevice::copy_all_to_host(std::span<const HostCopy> copies) {
  (void)ready();
  const std::lock_guard lock(mutex_);
  refuse_in_recording("a copy to the host");
  staging_.copy_out(copies);
}

void CudaDevice::fill(void* to, const void* element, std::size_t bytes, std::size_t count) {
  (void)ready();
  cuda::fill(to, element, bytes, count, stream_);
}

std::unique_ptr<Recording> CudaDevice::record(const std::function<void()>& work) {
  (void)ready();
  if (recording_) throw Error("E_DEVICE_RECORD", name_, "a recording within a recording");
  const auto mode = [this](bool on) {
    recording_ = on;
    blocks_.use_pool(on);
  };
  const auto attempt = [&] {
    mode(true);
    try {
      auto recording = std::make_unique<GraphRecording>(name_, stream_, work, recordings_);
      mode(false);
      return recording;
    } catch (...) {
      mode(false);
      if (recordings_.alive == 0) blocks_.dissolve_pool();
      throw;
    }
  };
  recordings_.none_left = [this] { blocks_.dissolve_pool(); };
  try {
    return attempt();
  } catch (const Error& error) {
    if (error.code() != "E_MEMORY_EXHAUSTED" || !make_room(stream_)) throw;  // of what single steps used
  }
  return attempt();
}

std::vector<DeviceCount> CudaDevice::counts() const {
  const auto asked = static_cast<std::int64_t>(blocks_.statistics().system_allocations);
  const std::lock_guard lock(mutex_);
  return {{"allocations", asked},
          {"waits", waits_ + staging_.waits()},
          {"copies in", staging_.copies_in()},
          {"copies out", staging_.copies_out()},
          {"launches", launches()},
          {"replays", recordings_.replays}};
}

}  // namespace strata::cuda
