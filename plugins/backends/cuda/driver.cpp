#include "driver.hpp"

#include <dlfcn.h>

#include <type_traits>

#include <fmt/format.h>

#include "strata/core/error.hpp"

namespace strata::cuda {
namespace {

constexpr int kLeastMajor = 8;  // compute capability 8.0: bf16 products

// "13.0" from 13000.
std::string version_text(int version) { return fmt::format("{}.{}", version / 1000, version % 1000 / 10); }

std::string describe(const DriverTable& call, CUresult result) {
  const char *name = nullptr, *text = nullptr;
  if (call.error_name != nullptr) call.error_name(result, &name);
  if (call.error_text != nullptr) call.error_text(result, &text);
  return fmt::format("{} ({}){}{}", name != nullptr ? name : "an unknown error", static_cast<int>(result),
                     text != nullptr ? ": " : "", text != nullptr ? text : "");
}

// What the codes of cuInit mean to whoever set the machine up.
std::string why_no_start(const DriverTable& call, CUresult result) {
  switch (result) {
    case CUDA_ERROR_NO_DEVICE: return "no device";
    case CUDA_ERROR_STUB_LIBRARY: return "libcuda.so.1 is the toolkit's stub, not a driver";
    case CUDA_ERROR_SYSTEM_DRIVER_MISMATCH:
      return "the driver's library and its kernel module are of different versions";
    case CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE:
      return "the forward-compatibility driver does not support this device";
    case CUDA_ERROR_SYSTEM_NOT_READY: return "the system is not ready: its fabric manager or driver is not running";
    default: return "the driver does not start: " + describe(call, result);
  }
}

// The missing entry's name, or empty.
std::string load_entries(void* library, DriverTable& call) {
  std::string missing;
  const auto entry = [&](const char* name, auto& to) {
    to = reinterpret_cast<std::remove_reference_t<decltype(to)>>(::dlsym(library, name));
    if (to == nullptr && missing.empty()) missing = name;
  };
  entry("cuInit", call.init);
  entry("cuDriverGetVersion", call.version);
  entry("cuGetErrorName", call.error_name);
  entry("cuGetErrorString", call.error_text);
  entry("cuDeviceGetCount", call.device_count);
  entry("cuDeviceGet", call.device);
  entry("cuDeviceGetName", call.device_name);
  entry("cuDeviceTotalMem_v2", call.device_memory);
  entry("cuDeviceGetAttribute", call.device_attribute);
  entry("cuDevicePrimaryCtxRetain", call.retain_context);
  entry("cuCtxSetCurrent", call.set_context);
  entry("cuMemAlloc_v2", call.allocate);
  entry("cuMemFree_v2", call.release);
  entry("cuMemHostAlloc", call.allocate_pinned);
  entry("cuMemFreeHost", call.release_pinned);
  entry("cuMemcpyHtoDAsync_v2", call.copy_in);
  entry("cuMemcpyDtoHAsync_v2", call.copy_out);
  entry("cuMemcpyDtoDAsync_v2", call.copy_within);
  entry("cuStreamCreate", call.stream_create);
  entry("cuStreamDestroy_v2", call.stream_destroy);
  entry("cuStreamSynchronize", call.stream_wait);
  entry("cuStreamWaitEvent", call.stream_follow);
  entry("cuStreamIsCapturing", call.stream_captures);
  entry("cuEventCreate", call.event_create);
  entry("cuEventDestroy_v2", call.event_destroy);
  entry("cuEventRecord", call.event_record);
  entry("cuEventSynchronize", call.event_wait);
  entry("cuEventQuery", call.event_query);
  entry("cuStreamBeginCapture_v2", call.capture_begin);
  entry("cuStreamEndCapture", call.capture_end);
  entry("cuGraphInstantiateWithFlags", call.graph_instantiate);
  entry("cuGraphDestroy", call.graph_destroy);
  entry("cuGraphExecDestroy", call.graph_exec_destroy);
  entry("cuGraphUpload", call.graph_upload);
  entry("cuGraphLaunch", call.graph_launch);
  return missing;
}

Card card_at(const DriverTable& call, int index) {
  const std::string place = "cuda:" + std::to_string(index);
  CUdevice device = 0;
  check(call.device(&device, index), place, "cuDeviceGet");
  char name[256] = {};
  check(call.device_name(name, sizeof name, device), place, "cuDeviceGetName");
  Card card{name, 0, 0, 0};
  check(call.device_memory(&card.bytes, device), place, "cuDeviceTotalMem");
  check(call.device_attribute(&card.major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device), place,
        "cuDeviceGetAttribute");
  check(call.device_attribute(&card.minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device), place,
        "cuDeviceGetAttribute");
  return card;
}

std::string find_cards(Driver& found) {
  void* library = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return "no driver (libcuda.so.1 is not found)";
  DriverTable& call = found.call;
  if (const std::string missing = load_entries(library, call); !missing.empty()) {
    return "the driver is too old: libcuda.so.1 has no " + missing;
  }
  int version = 0;
  if (const CUresult result = call.version(&version); result != CUDA_SUCCESS) return why_no_start(call, result);
  if (version / 1000 < CUDA_VERSION / 1000) {  // within a major version older drivers serve newer runtimes
    return fmt::format("driver {} is older than runtime {}", version_text(version), version_text(CUDA_VERSION));
  }
  if (const CUresult result = call.init(0); result != CUDA_SUCCESS) return why_no_start(call, result);
  int count = 0;
  if (const CUresult result = call.device_count(&count); result != CUDA_SUCCESS) return why_no_start(call, result);
  for (int i = 0; i < count; ++i) found.cards.push_back(card_at(call, i));
  return count == 0 ? "no device" : std::string();
}

Driver found_here() {
  Driver found;
  try {
    found.reason = find_cards(found);
  } catch (const Error& fault) {
    found.reason = fault.place() + ": " + fault.message();
  }
  return found;
}

// After these every later call fails, too. As numbers: those that toolkits of version 12 do not all name.
bool lost(CUresult result) {
  constexpr int kContained = 226, kTensorMemoryLeak = 721, kExternalDevice = 911;
  switch (static_cast<int>(result)) {
    case kContained:
    case kTensorMemoryLeak:
    case kExternalDevice:
    case CUDA_ERROR_ECC_UNCORRECTABLE:
    case CUDA_ERROR_NVLINK_UNCORRECTABLE:
    case CUDA_ERROR_ILLEGAL_ADDRESS:
    case CUDA_ERROR_LAUNCH_TIMEOUT:
    case CUDA_ERROR_ASSERT:
    case CUDA_ERROR_HARDWARE_STACK_ERROR:
    case CUDA_ERROR_ILLEGAL_INSTRUCTION:
    case CUDA_ERROR_MISALIGNED_ADDRESS:
    case CUDA_ERROR_INVALID_ADDRESS_SPACE:
    case CUDA_ERROR_INVALID_PC:
    case CUDA_ERROR_LAUNCH_FAILED:
    case CUDA_ERROR_UNKNOWN: return true;
    default: return false;
  }
}

const DriverTable*& entries() {
  static const DriverTable* table = nullptr;
  return table;
}

}  // namespace

bool Card::served() const { return major >= kLeastMajor; }

const Driver& driver() {
  static const Driver found = found_here();
  entries() = &found.call;
  return found;
}

void check(CUresult result, const std::string& device, const char* what) {
  if (result == CUDA_SUCCESS) return;
  const std::string text =
      fmt::format("{}: {}", what, describe(entries() != nullptr ? *entries() : DriverTable{}, result));
  if (lost(result)) {
    throw Error("E_DEVICE_LOST", device, text, "the last checkpoint is whole: the same command goes on from it");
  }
  if (result == CUDA_ERROR_OUT_OF_MEMORY) {
    throw Error("E_MEMORY_EXHAUSTED", device, text, "smaller batches need less; another process may use this card");
  }
  throw Error("E_DEVICE_CALL", device, text);
}

}  // namespace strata::cuda
