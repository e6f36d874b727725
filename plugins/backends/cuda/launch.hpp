// What stands around a launch of this plugin's own kernels.
#pragma once

#include <cstdint>
#include <functional>

namespace strata::cuda {

// How often an own kernel was launched or taken down, on all devices together.
std::int64_t launches();

// What a failed call left behind is no fault of the next launch.
void forget_fault();

// After a launch. False: the kernel, loaded when it is launched first, had no room on the card and now has: it is to be
// launched again. Throws what else failed as check_queued (room.hpp) does.
[[nodiscard]] bool launched(void* stream, const char* what);

// Where kernels are compiled for the host (tests/cuda): one that runs when its turn in the queue comes.
void queue_on_host(void* stream, const char* what, std::function<void()> kernel);

}  // namespace strata::cuda
