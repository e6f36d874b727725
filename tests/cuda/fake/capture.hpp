// Work that is taken down as a graph: of one stream, and of those that follow it and are joined to it again.
#pragma once

#include <cuda.h>

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "cuda/fake/streams.hpp"

namespace fake {

using Nodes = std::vector<Work>;

class Capture {
 public:
  CUresult begin(CUstream origin);
  // `taken`: what was taken down, unless the capture is of no use.
  CUresult end(CUstream origin, std::unique_ptr<Nodes>* taken);

  bool on() const { return nodes_ != nullptr; }
  // Whether what the stream is given is taken down.
  bool takes(CUstream stream) const { return on() && (stream == origin_ || forks_.count(stream) > 0); }
  // A stream whose fork was open when its capture ended takes nothing any more.
  bool dead(CUstream stream) const { return dead_.count(stream) > 0; }
  void forget(CUstream stream) { dead_.erase(stream); }

  // Of a stream that takes part. What a fork is given is held back until it is joined, the latest moment.
  void add(CUstream stream, Work work);
  // The stream comes after a mark of the capture: the origin's makes it a fork, a fork's joins that to the origin.
  void follow(CUstream stream, const Mark& after);
  // Something was called that no graph holds.
  void invalidate() { valid_ = false; }

 private:
  struct Fork {
    Nodes held;
    bool open = true;
  };

  std::unique_ptr<Nodes> nodes_;
  CUstream origin_ = nullptr;
  std::map<CUstream, Fork> forks_;
  std::set<CUstream> dead_;
  bool valid_ = true;
};

}  // namespace fake
