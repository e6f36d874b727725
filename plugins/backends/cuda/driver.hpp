// The CUDA driver, opened at run time: the plugin loads, and says what is wrong, where there is none.
#pragma once

#include <cuda.h>

#include <cstddef>
#include <string>
#include <vector>

namespace strata::cuda {

// The entries of libcuda that the host side uses. Never null where Driver::reason is empty.
struct DriverTable {
  decltype(&::cuInit) init;
  decltype(&::cuDriverGetVersion) version;
  decltype(&::cuGetErrorName) error_name;
  decltype(&::cuGetErrorString) error_text;
  decltype(&::cuDeviceGetCount) device_count;
  decltype(&::cuDeviceGet) device;
  decltype(&::cuDeviceGetName) device_name;
  decltype(&::cuDeviceTotalMem) device_memory;
  decltype(&::cuDeviceGetAttribute) device_attribute;
  decltype(&::cuDevicePrimaryCtxRetain) retain_context;
  decltype(&::cuCtxSetCurrent) set_context;
  decltype(&::cuMemAlloc) allocate;
  decltype(&::cuMemFree) release;
  decltype(&::cuMemHostAlloc) allocate_pinned;
  decltype(&::cuMemFreeHost) release_pinned;
  decltype(&::cuMemcpyHtoDAsync) copy_in;
  decltype(&::cuMemcpyDtoHAsync) copy_out;
  decltype(&::cuMemcpyDtoDAsync) copy_within;
  decltype(&::cuStreamCreate) stream_create;
  decltype(&::cuStreamDestroy) stream_destroy;
  decltype(&::cuStreamSynchronize) stream_wait;
  decltype(&::cuStreamWaitEvent) stream_follow;
  decltype(&::cuStreamIsCapturing) stream_captures;
  decltype(&::cuEventCreate) event_create;
  decltype(&::cuEventDestroy) event_destroy;
  decltype(&::cuEventRecord) event_record;
  decltype(&::cuEventSynchronize) event_wait;
  decltype(&::cuEventQuery) event_query;
  decltype(&::cuStreamBeginCapture) capture_begin;
  decltype(&::cuStreamEndCapture) capture_end;
  decltype(&::cuGraphInstantiateWithFlags) graph_instantiate;
  decltype(&::cuGraphDestroy) graph_destroy;
  decltype(&::cuGraphExecDestroy) graph_exec_destroy;
  decltype(&::cuGraphUpload) graph_upload;
  decltype(&::cuGraphLaunch) graph_launch;
};

struct Card {
  std::string name;
  std::size_t bytes;  // of its memory
  int major, minor;   // compute capability

  bool served() const;  // whether kernels for it are in this plugin
};

// What this process found, once.
struct Driver {
  DriverTable call{};
  std::vector<Card> cards;
  std::string reason;  // why no card can be used, in one line; empty: there is one at least
};

// Opens the driver at the first call.
const Driver& driver();

// The driver's addresses are numbers.
inline CUdeviceptr address(const void* memory) { return reinterpret_cast<CUdeviceptr>(memory); }

// Throws what a failed call means: E_DEVICE_LOST for faults after which no call of this process succeeds,
// E_MEMORY_EXHAUSTED where the driver has no memory for it, else E_DEVICE_CALL; `device` is the place ("cuda:0"),
// `what` the entry's name.
void check(CUresult result, const std::string& device, const char* what);

}  // namespace strata::cuda
