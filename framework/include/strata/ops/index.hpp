// Ops that read by index.
#pragma once

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

STRATA_API Tensor iota(std::int64_t n, DType dtype = DType::i64);  // 0, 1, ..., n-1
// x [N, ...], rows i64 [R] -> [R, ...]. E_SHAPE_INDEX when an index is outside [0, N).
STRATA_API Tensor index_rows(const Tensor& x, const Tensor& rows);
// x [..., N], index i64 [...] -> [...]: x[..., index[...]].
STRATA_API Tensor pick(const Tensor& x, const Tensor& index);

}  // namespace strata
