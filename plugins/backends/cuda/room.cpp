#include "room.hpp"

#include <fmt/format.h>

#include "queue.hpp"
#include "strata/core/error.hpp"
#include "strata/device/block_cache.hpp"

namespace strata::cuda {

bool captures(void* stream) {
  CUstreamCaptureStatus status = CU_STREAM_CAPTURE_STATUS_NONE;
  check(driver().call.stream_captures(static_cast<CUstream>(stream), &status), queue_of(stream).name,
        "cuStreamIsCapturing");
  return status == CU_STREAM_CAPTURE_STATUS_ACTIVE;
}

bool make_room(void* stream) {
  const Queue& queue = queue_of(stream);
  if (captures(queue.stream)) return false;
  check(driver().call.stream_wait(static_cast<CUstream>(queue.stream)), queue.name, "cuStreamSynchronize");
  const std::size_t before = queue.blocks->statistics().cached;
  queue.blocks->drop_cached();
  return queue.blocks->statistics().cached < before;
}

void exhausted(void* stream, const std::string& text) {
  const Queue& queue = queue_of(stream);
  const MemoryStatistics memory = queue.blocks->statistics();
  throw Error("E_MEMORY_EXHAUSTED", queue.name,
              fmt::format("{}: the card has no memory for it; {} bytes are in use, {} at most so far", text,
                          memory.live, memory.peak),
              "smaller batches need less");
}

void check_queued(CUresult result, void* stream, const char* what) {
  if (result == CUDA_SUCCESS) return;
  if (result == CUDA_ERROR_OUT_OF_MEMORY) exhausted(stream, what);
  check(result, queue_of(stream).name, what);
}

}  // namespace strata::cuda
