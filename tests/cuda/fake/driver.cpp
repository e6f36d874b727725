// Stands in for NVIDIA's libcuda.so.1 where there is no GPU: a card whose memory is the host's. Copies and kernels wait
// in their stream until somebody waits for them (streams.hpp), so that a missing wait, or a buffer taken again too
// early, gives wrong bytes; what is queued while a graph is captured runs when that is launched, with the addresses of
// the capture.
// FAKE_CUDA_ variables, read at cuInit or at the call, choose what goes wrong:
//   INIT n      cuInit returns n           VERSION n   of the driver (default: this toolkit's)
//   DEVICES n   cards (1)                  MAJOR n     of the compute capability (9), MINOR n (0)
//   OPENED f    a file that is made when this is loaded
//   COUNTS f    a file that at the end holds: allocations A waits W captures C launches L (of captured graphs)
//   TEAM n      threads of a team, which the kernels compiled for the host ask for themselves (kernels/team.hpp)
//   CLOSED 1    the host cannot touch the card's memory but in a copy or a kernel, or the process faults (slow)
//   BREAK_AT n  the copy number n breaks the context
//   EARLY 1     copies from the host run as soon as their stream gets to them, not as late as may be
//   MEMORY n    bytes of a card (1 GiB)    BREAK 1     the next copy breaks the context: 719 from then on
#include <cuda.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "cuda/fake/environment.hpp"
#include "cuda/fake/memory.hpp"
#include "cuda/fake/streams.hpp"

namespace {

using fake::Mark;
using fake::number;
using fake::Streams;
using fake::Work;

std::size_t memory_bytes() { return static_cast<std::size_t>(number("FAKE_CUDA_MEMORY", 1LL << 30)); }

struct Graph {
  std::vector<Work> nodes;
};

void run_one(const Work& work);

struct Queue {
  std::mutex mutex;
  Streams streams{run_one};
  Graph* capturing = nullptr;
  CUstream captured = nullptr;  // what a stream beside it is given is held back until it is joined, the latest moment
  std::map<CUstream, std::vector<Work>> beside;
  bool capture_broken = false;
  fake::Memory memory{memory_bytes(), number("FAKE_CUDA_CLOSED", 0) != 0};
  CUresult broken = CUDA_SUCCESS;
};
Queue& queue() {
  static auto* one = new Queue;
  return *one;
}

// Who loads this library leaves a trace.
__attribute__((constructor)) void opened() {
  const char* file = std::getenv("FAKE_CUDA_OPENED");
  if (file == nullptr) return;
  if (std::FILE* made = std::fopen(file, "w"); made != nullptr) std::fclose(made);
}

struct Counts {
  long long allocations = 0, waits = 0, captures = 0, launches = 0, copies = 0;
  ~Counts() {
    const char* file = std::getenv("FAKE_CUDA_COUNTS");
    if (file == nullptr) return;
    std::FILE* to = std::fopen(file, "w");
    if (to == nullptr) return;
    std::fprintf(to, "allocations %lld waits %lld captures %lld launches %lld\n", allocations, waits, captures,
                 launches);
    std::fclose(to);
  }
} counts;

void run_one(const Work& work) {
  Queue& q = queue();
  try {
    if (q.broken == CUDA_SUCCESS) work();
  } catch (const std::exception& fault) {  // what a GPU answers with a trap
    std::fprintf(stderr, "fake driver: %s\n", fault.what());
    q.broken = CUDA_ERROR_ILLEGAL_INSTRUCTION;
  }
}

// `run` has streams run.
template <class Run>
CUresult with_memory_open(const Run& run) {
  Queue& q = queue();
  q.memory.open(true);
  run(q.streams);
  q.memory.open(false);
  return q.broken;
}
CUresult wait(const Mark& until) {
  if (queue().streams.past(until)) return queue().broken;
  ++counts.waits;
  return with_memory_open([&](Streams& streams) { streams.run(until); });
}
CUresult wait_for_all() {
  if (queue().streams.idle()) return queue().broken;
  ++counts.waits;
  return with_memory_open([](Streams& streams) { streams.run_all(); });
}

CUresult enqueue(Work work, CUstream stream, Streams::Kind kind = Streams::Kind::held) {
  Queue& q = queue();
  const std::lock_guard lock(q.mutex);
  if (q.broken != CUDA_SUCCESS) return q.broken;
  if (q.capturing != nullptr) {
    (stream == q.captured ? q.capturing->nodes : q.beside[stream]).push_back(std::move(work));
    return CUDA_SUCCESS;
  }
  q.streams.add(stream, std::move(work), kind);
  if (number("FAKE_CUDA_EARLY", 0) != 0) with_memory_open([](Streams& streams) { streams.run_copies(); });
  return CUDA_SUCCESS;
}
CUresult copy(void* to, const void* from, std::size_t bytes, CUstream stream,
              Streams::Kind kind = Streams::Kind::held) {
  const auto work = [to, from, bytes] {
    Queue& own = queue();
    ++counts.copies;
    if (number("FAKE_CUDA_BREAK", 0) != 0 || counts.copies == number("FAKE_CUDA_BREAK_AT", 0))
      own.broken = CUDA_ERROR_LAUNCH_FAILED;
    if (own.broken == CUDA_SUCCESS) std::memcpy(to, from, bytes);
  };
  return enqueue(work, stream, kind);
}

// Nobody may wait while work is taken down.
bool breaks_capture() {
  Queue& q = queue();
  q.capture_broken = q.capture_broken || q.capturing != nullptr;
  return q.capturing != nullptr;
}

}  // namespace

extern "C" {

CUresult CUDAAPI cuInit(unsigned) { return static_cast<CUresult>(number("FAKE_CUDA_INIT", 0)); }
CUresult CUDAAPI cuDriverGetVersion(int* version) {
  *version = static_cast<int>(number("FAKE_CUDA_VERSION", CUDA_VERSION));
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuGetErrorName(CUresult error, const char** name) {
  *name = error == CUDA_ERROR_LAUNCH_FAILED ? "CUDA_ERROR_LAUNCH_FAILED" : "CUDA_ERROR_OTHER";
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
  *bytes = memory_bytes();
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
CUresult CUDAAPI cuCtxSetCurrent(CUcontext) { return queue().broken; }

CUresult CUDAAPI cuMemAlloc_v2(CUdeviceptr* memory, std::size_t bytes) {
  Queue& q = queue();
  const std::lock_guard lock(q.mutex);
  if (q.broken != CUDA_SUCCESS) return q.broken;
  ++counts.allocations;
  *memory = reinterpret_cast<CUdeviceptr>(q.memory.take(bytes));
  return *memory == 0 ? CUDA_ERROR_OUT_OF_MEMORY : CUDA_SUCCESS;
}
CUresult CUDAAPI cuMemFree_v2(CUdeviceptr memory) {
  Queue& q = queue();
  const std::lock_guard lock(q.mutex);
  wait_for_all();
  return q.memory.give_back(reinterpret_cast<void*>(memory)) ? q.broken : CUDA_ERROR_INVALID_VALUE;
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
  Queue& q = queue();
  const std::lock_guard lock(q.mutex);
  with_memory_open([&](Streams& streams) { streams.remove(stream); });
  delete reinterpret_cast<int*>(stream);
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuStreamSynchronize(CUstream stream) {
  Queue& q = queue();
  const std::lock_guard lock(q.mutex);
  if (breaks_capture()) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  return wait(q.streams.here(stream));
}
CUresult CUDAAPI cuStreamWaitEvent(CUstream stream, CUevent event, unsigned) {
  Queue& q = queue();
  const std::lock_guard lock(q.mutex);
  const Mark after = *reinterpret_cast<Mark*>(event);
  if (q.capturing == nullptr) q.streams.follow(stream, after);
  if (q.capturing == nullptr || stream != q.captured) return q.broken;
  const auto held = q.beside.extract(after.stream);
  if (held.empty()) return q.broken;
  for (Work& work : held.mapped()) q.capturing->nodes.push_back(std::move(work));
  return q.broken;
}
CUresult CUDAAPI cuStreamIsCapturing(CUstream stream, CUstreamCaptureStatus* status) {
  Queue& q = queue();
  const std::lock_guard lock(q.mutex);
  const bool here = q.capturing != nullptr && stream == q.captured;
  *status = here ? CU_STREAM_CAPTURE_STATUS_ACTIVE : CU_STREAM_CAPTURE_STATUS_NONE;
  return q.broken;
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
  Queue& q = queue();
  const std::lock_guard lock(q.mutex);
  *reinterpret_cast<Mark*>(event) = q.streams.here(stream);
  return q.broken;
}
CUresult CUDAAPI cuEventSynchronize(CUevent event) {
  Queue& q = queue();
  const std::lock_guard lock(q.mutex);
  if (breaks_capture()) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  return wait(*reinterpret_cast<Mark*>(event));
}
CUresult CUDAAPI cuEventQuery(CUevent event) {
  Queue& q = queue();
  const std::lock_guard lock(q.mutex);
  if (q.broken != CUDA_SUCCESS) return q.broken;
  return q.streams.past(*reinterpret_cast<Mark*>(event)) ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
}

CUresult CUDAAPI cuStreamBeginCapture_v2(CUstream stream, CUstreamCaptureMode) {
  Queue& q = queue();
  const std::lock_guard lock(q.mutex);
  if (q.capturing != nullptr) return CUDA_ERROR_ILLEGAL_STATE;
  q.capturing = new Graph;
  q.captured = stream;
  q.capture_broken = false;
  ++counts.captures;
  return q.broken;
}
CUresult CUDAAPI cuStreamEndCapture(CUstream, CUgraph* graph) {
  Queue& q = queue();
  const std::lock_guard lock(q.mutex);
  Graph* taken = q.capturing;
  q.capturing = nullptr;
  const bool joined = q.beside.empty();
  q.beside.clear();
  if (!joined) q.capture_broken = true;
  *graph = reinterpret_cast<CUgraph>(q.capture_broken ? nullptr : taken);
  if (!q.capture_broken) return taken == nullptr ? CUDA_ERROR_ILLEGAL_STATE : CUDA_SUCCESS;
  delete taken;
  return joined ? CUDA_ERROR_STREAM_CAPTURE_INVALIDATED : CUDA_ERROR_STREAM_CAPTURE_UNJOINED;
}
CUresult CUDAAPI cuGraphInstantiateWithFlags(CUgraphExec* made, CUgraph graph, unsigned long long) {
  *made = reinterpret_cast<CUgraphExec>(new Graph(*reinterpret_cast<Graph*>(graph)));
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuGraphDestroy(CUgraph graph) {
  delete reinterpret_cast<Graph*>(graph);
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuGraphExecDestroy(CUgraphExec graph) {
  Queue& q = queue();
  const std::lock_guard lock(q.mutex);
  wait_for_all();
  delete reinterpret_cast<Graph*>(graph);
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuGraphLaunch(CUgraphExec graph, CUstream stream) {
  const Graph* whole = reinterpret_cast<Graph*>(graph);
  ++counts.launches;
  const auto replay = [whole] {
    for (const Work& node : whole->nodes) node();
  };
  return enqueue(replay, stream);
}

// No entry of the real driver, where a broken context stays broken: what a new process would find.
void fake_cuda_mend() { queue().broken = CUDA_SUCCESS; }

// No entry of the real driver: a kernel of the host takes its place in the queue. The card's memory is open to it.
CUresult fake_cuda_launch(CUstream stream, Work* kernel) { return enqueue(std::move(*kernel), stream); }

}  // extern "C"
