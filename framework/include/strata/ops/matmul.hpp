// The matrix product. Shapes: [..., M, K] x [..., K, N] -> [..., M, N]; leading axes broadcast.
#pragma once

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// The dtype of the result is that of promote() (ops/op.hpp). Throws E_SHAPE when the two K differ or an operand has
// fewer than two axes, and E_DTYPE for integers.
STRATA_API Tensor matmul(const Tensor& a, const Tensor& b);

}  // namespace strata
