#include "device.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "cublaslt.hpp"
#include "products.hpp"
#include "queue.hpp"
#include "rnn.hpp"
#include "strata/core/error.hpp"
#include "strata/core/log.hpp"

namespace strata::cuda {
namespace {

CUdeviceptr address(const void* memory) { return reinterpret_cast<CUdeviceptr>(memory); }

// What a user has to know where there is no cuBLASLt; else nothing.
std::string products_without() {
  const std::string& reason = cublaslt().reason;
  return reason.empty() ? reason : reason + ": products run on general kernels, far slower";
}

}  // namespace

CudaDevice::CudaDevice(const Options& options)
    : index_(options.index),
      tf32_(options.tf32),
      name_("cuda:" + std::to_string(options.index)),
      blocks_(
          name_,
          [this](std::size_t bytes) -> void* {
            CUdeviceptr memory = 0;
            const CUresult result = ready().allocate(&memory, bytes);
            if (result == CUDA_ERROR_OUT_OF_MEMORY) return nullptr;
            check(result, name_, "cuMemAlloc");
            return reinterpret_cast<void*>(
                memory);  // NOLINT(performance-no-int-to-ptr): the driver's addresses are numbers
          },
          [](void* block, std::size_t) {
            // The driver waits for the queue by itself; a fault of before shows at the next call that can throw.
            (void)driver().call.release(address(block));
          }) {}

// Faults are of no use to anybody any more. The context stays: threads remember that it is theirs.
CudaDevice::~CudaDevice() {
  if (!started_) return;
  const DriverTable& call = driver().call;
  (void)call.set_context(context_);
  (void)call.stream_wait(stream_);
  end_products(stream_);
  end_rnn(stream_);
  remove_queue(stream_);
  blocks_.drop_cached();
  for (const Staging& one : staging_) {
    (void)call.event_destroy(one.done);
    (void)call.release_pinned(one.memory);
  }
  (void)call.stream_destroy(stream_);
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
  thread_local CUcontext current = nullptr;
  if (current != context_) {
    check(call.set_context(context_), name_, "cuCtxSetCurrent");
    current = context_;
  }
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
  check(call.stream_create(&stream_, CU_STREAM_NON_BLOCKING), name_, "cuStreamCreate");
  for (Staging& one : staging_) {
    check(call.allocate_pinned(&one.memory, kStaging, 0), name_, "cuMemHostAlloc");
    check(call.event_create(&one.done, CU_EVENT_DISABLE_TIMING), name_, "cuEventCreate");
  }
  add_queue(stream_, {this, name_, driver().cards[static_cast<std::size_t>(index_)].major, tf32_});
  if (const std::string without = products_without(); !without.empty()) log_warning(name_ + ": " + without);
  started_ = true;
}

void* CudaDevice::allocate(std::size_t bytes) { return blocks_.allocate(bytes); }
void CudaDevice::release(void* memory, std::size_t bytes) noexcept { blocks_.release(memory, bytes); }

void* CudaDevice::stream() {
  (void)ready();
  return stream_;
}

void CudaDevice::synchronize() { check(ready().stream_wait(stream_), name_, "cuStreamSynchronize"); }

CudaDevice::Staging& CudaDevice::free_staging() {
  Staging& one = staging_[next_++ % staging_.size()];
  if (one.busy) check(driver().call.event_wait(one.done), name_, "cuEventSynchronize");
  one.busy = false;
  return one;
}

void CudaDevice::copy_from_host(void* to, const void* from, std::size_t bytes) {
  const DriverTable& call = ready();
  const std::lock_guard lock(mutex_);
  for (std::size_t at = 0; at < bytes; at += kStaging) {
    const std::size_t part = std::min(kStaging, bytes - at);
    Staging& one = free_staging();
    std::memcpy(one.memory, static_cast<const char*>(from) + at, part);
    check(call.copy_in(address(to) + at, one.memory, part, stream_), name_, "cuMemcpyHtoDAsync");
    check(call.event_record(one.done, stream_), name_, "cuEventRecord");
    one.busy = true;
  }
}

// Two buffers in turn: while one is read by the host, the card fills the other.
void CudaDevice::copy_to_host(void* to, const void* from, std::size_t bytes) {
  const DriverTable& call = ready();
  const std::lock_guard lock(mutex_);
  struct Part {
    Staging* staging;
    std::size_t at, bytes;
  };
  Part before{nullptr, 0, 0};
  const auto take = [&](const Part& part) {
    check(call.event_wait(part.staging->done), name_, "cuEventSynchronize");
    part.staging->busy = false;
    std::memcpy(static_cast<char*>(to) + part.at, part.staging->memory, part.bytes);
  };
  for (std::size_t at = 0; at < bytes; at += kStaging) {
    const Part part{&free_staging(), at, std::min(kStaging, bytes - at)};
    check(call.copy_out(part.staging->memory, address(from) + at, part.bytes, stream_), name_, "cuMemcpyDtoHAsync");
    check(call.event_record(part.staging->done, stream_), name_, "cuEventRecord");
    part.staging->busy = true;
    if (before.staging != nullptr) take(before);
    before = part;
  }
  if (before.staging != nullptr) take(before);
}

}  // namespace strata::cuda
