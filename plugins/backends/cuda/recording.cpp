#include "recording.hpp"

#include <utility>

#include "launch.hpp"
#include "room.hpp"
#include "strata/core/error.hpp"

namespace strata::cuda {

GraphRecording::GraphRecording(std::string device, CUstream stream, const std::function<void()>& work,
                               RecordingCounts& counts)
    : device_(std::move(device)), stream_(stream), counts_(counts) {
  CUgraph taken = nullptr;
  take_down(work, &taken);
  make(taken);
  ++counts_.alive;
}

void GraphRecording::take_down(const std::function<void()>& work, CUgraph* taken) {
  const DriverTable& call = driver().call;
  // Relaxed: within `work` a block may be asked of the driver, which no replay repeats.
  check_taken(call.capture_begin(stream_, CU_STREAM_CAPTURE_MODE_RELAXED), "cuStreamBeginCapture");
  const auto forget = [&] {
    if (call.capture_end(stream_, taken) == CUDA_SUCCESS && *taken != nullptr) (void)call.graph_destroy(*taken);
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
  check_taken(call.capture_end(stream_, taken), "cuStreamEndCapture");
}

// On the card, too, so that no replay finds it full.
void GraphRecording::make(CUgraph taken) {
  const DriverTable& call = driver().call;
  const CUresult made = call.graph_instantiate(&graph_, taken, 0);
  (void)call.graph_destroy(taken);
  check_taken(made, "cuGraphInstantiate");
  const CUresult there = call.graph_upload(graph_, stream_);
  if (there != CUDA_SUCCESS) (void)call.graph_exec_destroy(graph_);
  check_taken(there, "cuGraphUpload");
}

void GraphRecording::check_taken(CUresult result, const char* what) const {
  if (result == CUDA_SUCCESS) return;
  forget_fault();
  try {
    check_queued(result, stream_, what);
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
  queue_in_room(stream_, "cuGraphLaunch", [&] { return driver().call.graph_launch(graph_, stream_); });
}

}  // namespace strata::cuda
