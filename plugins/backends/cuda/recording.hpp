// Work of a queue, taken down as a CUDA graph.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "driver.hpp"
#include "strata/device/device.hpp"

namespace strata::cuda {

// Of all recordings of a device.
struct RecordingCounts {
  std::int64_t alive = 0, replays = 0;
  std::function<void()> none_left;  // called when the last one ends
};

class GraphRecording final : public Recording {
 public:
  // Takes down what `work` queues on the stream; what `work` throws goes on, and nothing is taken down. What a
  // graph cannot hold is E_DEVICE_RECORD, a graph that the card has no memory for E_MEMORY_EXHAUSTED.
  GraphRecording(std::string device, CUstream stream, const std::function<void()>& work, RecordingCounts& counts);
  ~GraphRecording() override;
  void replay() override;

 private:
  void take_down(const std::function<void()>& work, CUgraph* taken);
  void make(CUgraph taken);
  void check_taken(CUresult result, const char* what) const;
  [[noreturn]] void refuse(const std::string& reason) const;

  std::string device_;
  CUstream stream_;
  CUgraphExec graph_ = nullptr;
  RecordingCounts& counts_;
};

}  // namespace strata::cuda
