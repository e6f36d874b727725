#include "cuda/fake/card.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <utility>

#include "cuda/fake/environment.hpp"

namespace fake {
namespace {

void run_one(const Work& work) {
  Card& one = card();
  try {
    if (one.broken == CUDA_SUCCESS) work();
  } catch (const std::exception& fault) {  // what a GPU answers with a trap
    std::fprintf(stderr, "fake driver: %s\n", fault.what());
    one.broken = CUDA_ERROR_ILLEGAL_INSTRUCTION;
  }
}

}  // namespace

Card::Card() : streams(run_one), memory(memory_bytes(), number("FAKE_CUDA_CLOSED", 0) != 0) {}

Card& card() {
  static auto* one = new Card;
  return *one;
}

std::size_t memory_bytes() { return static_cast<std::size_t>(number("FAKE_CUDA_MEMORY", 1LL << 30)); }

Counts& counts() {
  static Counts all;
  return all;
}

Counts::~Counts() {
  const char* file = std::getenv("FAKE_CUDA_COUNTS");
  if (file == nullptr) return;
  std::FILE* to = std::fopen(file, "w");
  if (to == nullptr) return;
  std::fprintf(to, "allocations %lld waits %lld captures %lld launches %lld\n", allocations, waits, captures, launches);
  std::fclose(to);
}

CUresult enqueue(Work work, CUstream stream, Streams::Kind kind) {
  Card& one = card();
  const std::lock_guard lock(one.mutex);
  if (one.broken != CUDA_SUCCESS) return one.broken;
  if (one.capture.dead(stream)) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  if (one.capture.takes(stream)) {
    one.capture.add(stream, std::move(work));
    return CUDA_SUCCESS;
  }
  one.streams.add(stream, std::move(work), kind);
  if (number("FAKE_CUDA_EARLY", 0) != 0) with_memory_open([](Streams& streams) { streams.run_copies(); });
  return CUDA_SUCCESS;
}

}  // namespace fake
