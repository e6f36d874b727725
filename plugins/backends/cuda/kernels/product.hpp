// The general product of matrices, for what a library's does not take.
#pragma once

#include "strata/device/kernel.hpp"

namespace strata::cuda {

// y = a b, or y + a b: a [..., m, k], b [..., k, n], y [..., m, n] of any floating dtypes and strides, leading axes
// broadcast to y's. Sums are f32, f64 where y is.
void multiply_general(const View& a, const View& b, const View& y, bool adds, void* stream);

}  // namespace strata::cuda
