// The matrix product. Shapes: [..., M, K] x [..., K, N] -> [..., M, N]; leading axes broadcast.
#pragma once

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

STRATA_API Tensor matmul(const Tensor& a, const Tensor& b);

}  // namespace strata
