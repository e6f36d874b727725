// What is done where the driver has no memory for a call: blocks that nobody uses are in its way.
#pragma once

#include <string>

#include "driver.hpp"

namespace strata::cuda {

// Whether what the stream is given is taken down, not run.
bool captures(void* stream);

// Gives what the device keeps for later back to the driver, when all that is queued is done. False where there is
// nothing, so that another try is of no use, and while the queue's work is taken down.
bool make_room(void* stream);

// E_MEMORY_EXHAUSTED of the stream's device, with what is in use and was at most; `text`: what there is no room for.
[[noreturn]] void exhausted(void* stream, const std::string& text);

// check() of a call that was given this stream, with the amounts where memory ran out.
void check_queued(CUresult result, void* stream, const char* what);

// call() -> CUresult, once more where room can be made for it; throws as check_queued does.
template <class Call>
void queue_in_room(void* stream, const char* what, const Call& call) {
  CUresult result = call();
  while (result == CUDA_ERROR_OUT_OF_MEMORY && make_room(stream)) result = call();
  check_queued(result, stream, what);
}

}  // namespace strata::cuda
