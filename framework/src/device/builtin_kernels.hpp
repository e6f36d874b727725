// The rows that the kernel table begins with. The ops define them, since a kernel serves an op.
#pragma once

#include <vector>

#include "strata/device/kernel.hpp"

namespace strata::detail {

// The plain kernels of the primitives and the reference kernels of every op.
std::vector<KernelRow> builtin_kernels();

}  // namespace strata::detail
