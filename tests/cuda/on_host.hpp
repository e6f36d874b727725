// Compiles a plugin author's .cu file for the host (-include): `each`, which starts a kernel in the device's queue,
// gives it to the queue of the stand-in for the driver (fake/driver.cpp).
#pragma once

#include <cstdint>

#include "fake/queue.hpp"

template <class Kernel>
void each(std::int64_t count, void* stream, const Kernel& kernel) {
  (void)fake::in_queue(stream, [kernel, count] {  // a fault of before shows at the next copy
    for (std::int64_t i = 0; i < count; ++i) kernel(i);
  });
}
