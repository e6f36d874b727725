// Stands in for NVIDIA's libcuda.so.1 where there is no GPU: a card whose memory is the host's. Copies and kernels wait
// in their stream until somebody waits for them (streams.hpp), so that a missing wait, or a buffer taken again too
// early, gives wrong bytes; memory is overwritten when it is given back, whoever in a stream still reads it. Capture
// and graphs are in graphs.cpp. FAKE_CUDA_ variables, read at cuInit or at the call, choose what goes wrong:
//   INIT n      cuInit returns n           VERSION n   of the driver (default: this toolkit's)
//   DEVICES n   cards (1)                  MAJOR n     of the compute capability (9), MINOR n (0)
//   OPENED f    a file that is made when this is loaded
//   COUNTS f    a file that at the end holds: allocations A waits W captures C launches L (of captured graphs)
//   TEAM n      threads of a team, which the kernels compiled for the host ask for themselves (kernels/team.hpp)
//   CLOSED 1    the host cannot touch the card's memory but in a copy or a kernel, or the process faults (slow)
//   BREAK_AT n  the copy number n breaks the context
//   EARLY 1     copies from the host run as soon as their stream gets to them, not as late as may be
//   MEMORY n    bytes of a card (1 GiB)    BREAK n     the next copy breaks the context: n from then on (1: 719)
//   FULL_AT n   the allocation number n, of those that fake_cuda_allocations counts, finds no memory
//   GRAPH_ROOM n      bytes of a graph on the card (64 KiB)
//   LAUNCH_ROOM n     bytes that are free, or a launch is out of memory, as one that has to load its kernel first (0)
//   BEGIN_CAPTURE n   what beginning a capture returns
#include <cuda.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>

#include "cuda/fake/card.hpp"
#include "cuda/fake/environment.hpp"

namespace {

using fake::card;
using fake::Card;
using fake::enqueue;
using fake::Mark;
using fake::number;
using fake::Streams;
using fake::Work;

// Who loads this library leaves a trace.
__attribute__((constructor)) void opened() {
  const char* file = std::getenv("FAKE_CUDA_OPENED");
  if (file == nullptr) return;
  if (std::FILE* made = std::fopen(file, "w"); made != nullptr) std::fclose(made);
}

CUresult wait(const Mark& until) {
  if (card().streams.past(until)) return card().broken;
  ++fake::counts().waits;
  return fake::with_memory_open([&](Streams& streams) { streams.run(until); });
}

CUresult copy(void* to, const void* from, std::size_t bytes, CUstream stream,
              Streams::Kind kind = Streams::Kind::held) {
  const auto work = [to, from, bytes] {
    const long long copies = ++fake::counts().copies, wanted = number("FAKE_CUDA_BREAK", 0);
    if (wanted > 1) card().broken = static_cast<CUresult>(wanted);
    if (wanted == 1 || copies == number("FAKE_CUDA_BREAK_AT", 0)) card().broken = CUDA_ERROR_LAUNCH_FAILED;
    if (card().broken == CUDA_SUCCESS) std::memcpy(to, from, bytes);
  };
  return enqueue(work, stream, kind);
}

// Nobody may wait while work is taken down.
bool breaks_capture() {
  if (card().capture.on()) card().capture.invalidate();
  return card().capture.on();
}

}  // namespace

extern "C" {

CUresult CUDAAPI cuInit(unsigned) { return static_cast<CUresult>(number("FAKE_CUDA_INIT", 0)); }
CUresult CUDAAPI cuDriverGetVersion(int* version) {
  *version = static_cast<int>(number("FAKE_CUDA_VERSION", CUDA_VERSION));
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuGetErrorName(CUresult error, const char** name) {
  *name = error == CUDA_ERROR_LAUNCH_FAILED   ? "CUDA_ERROR_LAUNCH_FAILED"
          : error == CUDA_ERROR_OUT_OF_MEMORY ? "CUDA_ERROR_OUT_OF_MEMORY"
                                              : "CUDA_ERROR_OTHER";
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuGetErrorString(CUresult, const char** text) {
  *text = "as the test wanted it";
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuDeviceGetCount(int* count) {
  *count = static_cast<int>(number("FAKE_CUDA_DEVICES", 1));
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuDeviceGet(CUdevice* device, int index) {
  *device = index;
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuDeviceGetName(char* name, int size, CUdevice) {
  std::strncpy(name, "Fake GPU", static_cast<std::size_t>(size));
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuDeviceTotalMem_v2(std::size_t* bytes, CUdevice) {
  *bytes = fake::memory_bytes();
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice) {
  *value = attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR ? static_cast<int>(number("FAKE_CUDA_MAJOR", 9))
                                                                     : static_cast<int>(number("FAKE_CUDA_MINOR", 0));
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
  static int places[64];
  *context = reinterpret_cast<CUcontext>(places + device);
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuCtxSetCurrent(CUcontext) { return card().broken; }

CUresult CUDAAPI cuMemAlloc_v2(CUdeviceptr* memory, std::size_t bytes) {
  Card& here = card();
  const std::lock_guard lock(here.mutex);
  if (here.broken != CUDA_SUCCESS) return here.broken;
  if (++fake::counts().allocations == number("FAKE_CUDA_FULL_AT", 0)) return CUDA_ERROR_OUT_OF_MEMORY;
  *memory = reinterpret_cast<CUdeviceptr>(here.memory.take(bytes));
  return *memory == 0 ? CUDA_ERROR_OUT_OF_MEMORY : CUDA_SUCCESS;
}
CUresult CUDAAPI cuMemFree_v2(CUdeviceptr memory) {
  Card& here = card();
  const std::lock_guard lock(here.mutex);
  return here.memory.give_back(reinterpret_cast<void*>(memory)) ? here.broken : CUDA_ERROR_INVALID_VALUE;
}
CUresult CUDAAPI cuMemHostAlloc(void** memory, std::size_t bytes, unsigned) {
  *memory = std::malloc(bytes);
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuMemFreeHost(void* memory) {
  std::free(memory);
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, std::size_t bytes, CUstream stream) {
  return copy(reinterpret_cast<void*>(to), from, bytes, stream, Streams::Kind::from_host);
}
CUresult CUDAAPI cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, std::size_t bytes, CUstream stream) {
  return copy(to, reinterpret_cast<const void*>(from), bytes, stream);
}
CUresult CUDAAPI cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream stream) {
  return copy(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes, stream);
}
CUresult CUDAAPI cuStreamCreate(CUstream* stream, unsigned) {
  *stream = reinterpret_cast<CUstream>(new int(0));
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuStreamDestroy_v2(CUstream stream) {
  Card& here = card();
  const std::lock_guard lock(here.mutex);
  fake::with_memory_open([&](Streams& streams) { streams.remove(stream); });
  here.capture.forget(stream);
  delete reinterpret_cast<int*>(stream);
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuStreamSynchronize(CUstream stream) {
  Card& here = card();
  const std::lock_guard lock(here.mutex);
  if (breaks_capture()) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  return wait(here.streams.here(stream));
}
CUresult CUDAAPI cuStreamWaitEvent(CUstream stream, CUevent event, unsigned) {
  Card& here = card();
  const std::lock_guard lock(here.mutex);
  if (here.capture.dead(stream)) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  const Mark after = *reinterpret_cast<Mark*>(event);
  if (after.captured && here.capture.takes(after.stream)) {
    here.capture.follow(stream, after);
  } else if (here.capture.takes(stream)) {
    here.capture.invalidate();  // of work that is not taken down
    return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
  } else {
    here.streams.follow(stream, after);
  }
  return here.broken;
}
CUresult CUDAAPI cuEventCreate(CUevent* event, unsigned) {
  *event = reinterpret_cast<CUevent>(new Mark);
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuEventDestroy_v2(CUevent event) {
  delete reinterpret_cast<Mark*>(event);
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuEventRecord(CUevent event, CUstream stream) {
  Card& here = card();
  const std::lock_guard lock(here.mutex);
  if (here.capture.dead(stream)) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  const bool captured = here.capture.takes(stream);
  *reinterpret_cast<Mark*>(event) = captured ? Mark{stream, 0, true} : here.streams.here(stream);
  return here.broken;
}
CUresult CUDAAPI cuEventSynchronize(CUevent event) {
  Card& here = card();
  const std::lock_guard lock(here.mutex);
  if (breaks_capture()) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  return wait(*reinterpret_cast<Mark*>(event));
}
CUresult CUDAAPI cuEventQuery(CUevent event) {
  Card& here = card();
  const std::lock_guard lock(here.mutex);
  if (here.broken != CUDA_SUCCESS) return here.broken;
  return here.streams.past(*reinterpret_cast<Mark*>(event)) ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
}

// No entry of the real driver, where a broken context stays broken: what a new process would find.
void fake_cuda_mend() { card().broken = CUDA_SUCCESS; }

// Nor this: how often memory was asked for so far.
long long fake_cuda_allocations() { return fake::counts().allocations; }

// No entry of the real driver: a kernel of the host takes its place in the queue. The card's memory is open to it.
CUresult fake_cuda_launch(CUstream stream, Work* kernel) {
  if (const long long room = number("FAKE_CUDA_LAUNCH_ROOM", 0); room > 0) {
    Card& here = card();
    const std::lock_guard lock(here.mutex);
    void* const code = here.memory.take(static_cast<std::size_t>(room));
    if (code == nullptr) return CUDA_ERROR_OUT_OF_MEMORY;
    here.memory.give_back(code);
  }
  return enqueue(std::move(*kernel), stream);
}

}  // extern "C"
