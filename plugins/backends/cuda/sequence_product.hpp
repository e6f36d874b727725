// A product of two matrices in the middle of another op.
#pragma once

#include <utility>

#include "strata/device/kernel.hpp"

namespace strata::cuda {

// y = a b, or y += a b where it `adds`: [M,K], [K,N] -> [M,N], a and b of one floating type, y of that or, of 16-bit
// ones, f32; sums are f32, of f64 f64. By the library where there is one that takes them, else by the general kernel.
void product(const View& a, const View& b, const View& y, bool adds, Workspace* workspace, void* stream);

// A matrix with rows for columns.
inline View turned(View matrix) {
  std::swap(matrix.shape[0], matrix.shape[1]);
  std::swap(matrix.strides[0], matrix.strides[1]);
  return matrix;
}

}  // namespace strata::cuda
