#include "cuda/fake/capture.hpp"

#include <utility>

namespace fake {

CUresult Capture::begin(CUstream origin) {
  if (on()) return CUDA_ERROR_ILLEGAL_STATE;
  nodes_ = std::make_unique<Nodes>();
  origin_ = origin;
  valid_ = true;
  return CUDA_SUCCESS;
}

CUresult Capture::end(CUstream origin, std::unique_ptr<Nodes>* taken) {
  if (!on() || origin != origin_) return CUDA_ERROR_ILLEGAL_STATE;
  std::unique_ptr<Nodes> nodes = std::move(nodes_);
  bool joined = true;
  for (const auto& [stream, fork] : forks_) {
    if (fork.open) dead_.insert(stream);
    joined = joined && !fork.open;
  }
  forks_.clear();
  if (!joined) return CUDA_ERROR_STREAM_CAPTURE_UNJOINED;
  if (!valid_) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  *taken = std::move(nodes);
  return CUDA_SUCCESS;
}

void Capture::add(CUstream stream, Work work) {
  if (stream == origin_) return nodes_->push_back(std::move(work));
  Fork& fork = forks_[stream];
  fork.open = true;
  fork.held.push_back(std::move(work));
}

void Capture::follow(CUstream stream, const Mark& after) {
  if (stream != origin_) {
    forks_[stream].open = true;
    return;
  }
  const auto joined = forks_.find(after.stream);
  if (joined == forks_.end()) return;
  for (Work& work : std::exchange(joined->second.held, {})) nodes_->push_back(std::move(work));
  joined->second.open = false;
}

}  // namespace fake
