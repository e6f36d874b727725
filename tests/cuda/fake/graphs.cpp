// Entries of the stand-in for the driver (driver.cpp): capture, and graphs. What is taken down runs when it is
// launched, with the addresses of the capture. From its upload on, or its first launch, a graph takes memory of the
// card.
#include <cuda.h>

#include <memory>
#include <mutex>
#include <utility>

#include "cuda/fake/card.hpp"
#include "cuda/fake/environment.hpp"

using fake::card;
using fake::Card;
using fake::Nodes;
using fake::number;
using fake::Work;

namespace {

struct Executable {
  std::shared_ptr<const Nodes> nodes;
  void* room = nullptr;  // null: it is not on the card yet
};

Nodes* nodes_of(CUgraph graph) { return reinterpret_cast<Nodes*>(graph); }
Executable* of(CUgraphExec graph) { return reinterpret_cast<Executable*>(graph); }

CUresult upload(Executable& graph) {
  Card& here = card();
  const std::lock_guard lock(here.mutex);
  if (here.broken != CUDA_SUCCESS) return here.broken;
  if (graph.room == nullptr) {
    graph.room = here.memory.take(static_cast<std::size_t>(number("FAKE_CUDA_GRAPH_ROOM", 64LL << 10)));
  }
  return graph.room == nullptr ? CUDA_ERROR_OUT_OF_MEMORY : CUDA_SUCCESS;
}

}  // namespace

extern "C" {

CUresult CUDAAPI cuStreamIsCapturing(CUstream stream, CUstreamCaptureStatus* status) {
  Card& here = card();
  const std::lock_guard lock(here.mutex);
  *status = here.capture.takes(stream)  ? CU_STREAM_CAPTURE_STATUS_ACTIVE
            : here.capture.dead(stream) ? CU_STREAM_CAPTURE_STATUS_INVALIDATED
                                        : CU_STREAM_CAPTURE_STATUS_NONE;
  return here.broken;
}
CUresult CUDAAPI cuStreamBeginCapture_v2(CUstream stream, CUstreamCaptureMode) {
  Card& here = card();
  const std::lock_guard lock(here.mutex);
  if (here.broken != CUDA_SUCCESS) return here.broken;
  if (const long long wanted = number("FAKE_CUDA_BEGIN_CAPTURE", 0); wanted != 0) return static_cast<CUresult>(wanted);
  ++fake::counts().captures;
  return here.capture.begin(stream);
}
CUresult CUDAAPI cuStreamEndCapture(CUstream stream, CUgraph* graph) {
  Card& here = card();
  const std::lock_guard lock(here.mutex);
  std::unique_ptr<Nodes> taken;
  const CUresult ended = here.capture.end(stream, &taken);
  *graph = reinterpret_cast<CUgraph>(taken.release());
  return ended;
}
CUresult CUDAAPI cuGraphInstantiateWithFlags(CUgraphExec* made, CUgraph graph, unsigned long long) {
  *made = reinterpret_cast<CUgraphExec>(new Executable{std::make_shared<const Nodes>(*nodes_of(graph))});
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuGraphDestroy(CUgraph graph) {
  delete nodes_of(graph);
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuGraphExecDestroy(CUgraphExec graph) {
  Card& here = card();
  const std::lock_guard lock(here.mutex);
  if (of(graph)->room != nullptr) here.memory.give_back(of(graph)->room);
  delete of(graph);
  return CUDA_SUCCESS;
}
CUresult CUDAAPI cuGraphUpload(CUgraphExec graph, CUstream) { return upload(*of(graph)); }
CUresult CUDAAPI cuGraphLaunch(CUgraphExec graph, CUstream stream) {
  if (const CUresult there = upload(*of(graph)); there != CUDA_SUCCESS) return there;
  ++fake::counts().launches;
  const auto replay = [nodes = of(graph)->nodes] {
    for (const Work& node : *nodes) node();
  };
  return fake::enqueue(replay, stream);
}

}  // extern "C"
