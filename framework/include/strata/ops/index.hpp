// Ops that read by index. An index outside its range is E_SHAPE_INDEX, naming the index, its position and the range.
#pragma once

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

STRATA_API Tensor iota(std::int64_t n, DType dtype = DType::i64);  // 0, 1, ..., n-1
// x [N, ...], rows i64 [R] -> [R, ...]. Rows may repeat: their gradients are added in order of R.
STRATA_API Tensor index_rows(const Tensor& x, const Tensor& rows);
// x [..., N], index i64 [...] -> [...]: x[..., index[...]].
STRATA_API Tensor pick(const Tensor& x, const Tensor& index);

// target[rows[i]] += x[i], in place, not recorded: target [N, ...], rows i64 of any shape, x rows.shape + [...]. Always
// in order of i, whatever the thread count; a row `skipped` (if >= 0) takes nothing. The gradient of index_rows and of
// embedding (op "scatter_rows").
STRATA_API void scatter_rows(const Tensor& target, const Tensor& x, const Tensor& rows, std::int64_t skipped = -1);
// target[..., index[...]] += x[...], in place, not recorded: the gradient of pick (op "scatter_pick").
STRATA_API void scatter_pick(const Tensor& target, const Tensor& x, const Tensor& index);

}  // namespace strata
