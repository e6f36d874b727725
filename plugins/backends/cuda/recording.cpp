#include "recording.hpp"

#include <utility>

namespace strata::cuda {

GraphRecording::GraphRecording(std::string device, CUstream stream, const std::function<void()>& work,
                               std::int64_t& replays)
    : device_(std::move(device)), stream_(stream), replays_(replays) {
  const DriverTable& call = driver().call;
  // Relaxed: within `work` a block may be asked of the driver, which no replay repeats.
  check(call.capture_begin(stream_, CU_STREAM_CAPTURE_MODE_RELAXED), device_, "cuStreamBeginCapture");
  CUgraph taken = nullptr;
  try {
    work();
  } catch (...) {
    if (call.capture_end(stream_, &taken) == CUDA_SUCCESS && taken != nullptr) (void)call.graph_destroy(taken);
    throw;
  }
  check(call.capture_end(stream_, &taken), device_, "cuStreamEndCapture");
  const CUresult made = call.graph_instantiate(&graph_, taken, 0);
  (void)call.graph_destroy(taken);
  check(made, device_, "cuGraphInstantiate");
}

GraphRecording::~GraphRecording() {
  if (graph_ != nullptr) (void)driver().call.graph_exec_destroy(graph_);
}

void GraphRecording::replay() {
  ++replays_;
  check(driver().call.graph_launch(graph_, stream_), device_, "cuGraphLaunch");
}

}  // namespace strata::cuda
