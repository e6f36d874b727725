// Work of a queue, taken down as a CUDA graph.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "driver.hpp"
#include "strata/device/device.hpp"

namespace strata::cuda {

class GraphRecording final : public Recording {
 public:
  // Takes down what `work` queues on the stream; what `work` throws goes on, and nothing is taken down. `replays`
  // counts.
  GraphRecording(std::string device, CUstream stream, const std::function<void()>& work, std::int64_t& replays);
  ~GraphRecording() override;
  void replay() override;

 private:
  [[noreturn]] void refuse(const std::string& reason) const;

  std::string device_;
  CUstream stream_;
  CUgraphExec graph_ = nullptr;
  std::int64_t& replays_;
};

}  // namespace strata::cuda
