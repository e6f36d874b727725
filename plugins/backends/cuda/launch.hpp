// What stands around a launch of this plugin's own kernels.
#pragma once

#include <cstdint>
#include <functional>

namespace strata::cuda {

// How often an own kernel was launched or taken down, on all devices together.
std::int64_t launches();

// What a failed call left behind is no fault of the next launch.
void forget_fault();

// After a launch: throws E_DEVICE_LOST or E_DEVICE_CALL if it failed.
void launched(const char* what);

// Where kernels are compiled for the host (tests/cuda): one that runs when its turn in the queue comes.
void queue_on_host(void* stream, const char* what, std::function<void()> kernel);

}  // namespace strata::cuda
