// The matrix product. Shapes: [..., M, K] x [..., K, N] -> [..., M, N]; leading axes broadcast.
#pragma once

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// The dtype is that of promote() (ops/op.hpp). E_SHAPE when K differs or an operand has less than two axes, E_DTYPE for
// integers.
STRATA_API Tensor matmul(const Tensor& a, const Tensor& b);

}  // namespace strata
