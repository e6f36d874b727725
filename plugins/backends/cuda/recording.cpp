#include "recording.hpp"

#include <utility>

#include "launch.hpp"
#include "strata/core/error.hpp"

namespace strata::cuda {

GraphRecording::GraphRecording(std::string device, CUstream stream, const std::function<void()>& work,
                               RecordingCounts& counts)
    : device_(std::move(device)), stream_(stream), counts_(counts) {
  const DriverTable& call = driver().call;
  // Relaxed: within `work` a block may be asked of the driver, which no replay repeats.
  check(call.capture_begin(stream_, CU_STREAM_CAPTURE_MODE_RELAXED), device_, "cuStreamBeginCapture");
  CUgraph taken = nullptr;
  const auto forget = [&] {
    if (call.capture_end(stream_, &taken) == CUDA_SUCCESS && taken != nullptr) (void)call.graph_destroy(taken);
    forget_fault();
  };
  try {
    work();
  } catch (const Error& error) {
    forget();
    if (error.code() != "E_DEVICE_CALL") throw;
    refuse(error.message());  // a library that does what no graph holds
  } catch (...) {
    forget();
    throw;
  }
  const CUresult ended = call.capture_end(stream_, &taken);
  const CUresult made = ended == CUDA_SUCCESS ? call.graph_instantiate(&graph_, taken, 0) : ended;
  if (taken != nullptr) (void)call.graph_destroy(taken);
  if (made == CUDA_SUCCESS) {
    ++counts_.alive;
    return;
  }
  forget_fault();
  if (made == CUDA_ERROR_OUT_OF_MEMORY) {
    throw Error("E_MEMORY_EXHAUSTED", device_, "a graph of the work is not to be had");
  }
  try {
    check(made, device_, "cuGraphInstantiate");
  } catch (const Error& error) {
    if (error.code() != "E_DEVICE_CALL") throw;
    refuse(error.message());
  }
}

void GraphRecording::refuse(const std::string& reason) const {
  throw Error("E_DEVICE_RECORD", device_, "the work is not taken down: " + reason);
}

GraphRecording::~GraphRecording() {
  (void)driver().call.graph_exec_destroy(graph_);
  if (--counts_.alive == 0) counts_.none_left();
}

void GraphRecording::replay() {
  ++counts_.replays;
  check(driver().call.graph_launch(graph_, stream_), device_, "cuGraphLaunch");
}

}  // namespace strata::cuda
