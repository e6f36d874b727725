// What the entries of the stand-in for the driver share: one card's memory, its streams, and what is taken down of
// them.
#pragma once

#include <cuda.h>

#include <cstddef>
#include <mutex>

#include "cuda/fake/capture.hpp"
#include "cuda/fake/memory.hpp"
#include "cuda/fake/streams.hpp"

namespace fake {

struct Card {
  Card();

  std::mutex mutex;  // of all that follows
  Streams streams;
  Capture capture;
  Memory memory;
  CUresult broken = CUDA_SUCCESS;
};
Card& card();
std::size_t memory_bytes();  // of the card

struct Counts {
  long long allocations = 0, waits = 0, captures = 0, launches = 0, copies = 0;
  ~Counts();
};
Counts& counts();

// Gives the stream its work, or takes that down.
CUresult enqueue(Work work, CUstream stream, Streams::Kind kind = Streams::Kind::held);

// `run` has streams run.
template <class Run>
CUresult with_memory_open(const Run& run) {
  card().memory.open(true);
  run(card().streams);
  card().memory.open(false);
  return card().broken;
}

}  // namespace fake
