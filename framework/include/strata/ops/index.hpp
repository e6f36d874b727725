// Ops that read by index. They throw E_SHAPE_INDEX for an index outside its range, with the index, its position and the
// range.
#pragma once

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// The numbers 0, 1, ..., n-1.
STRATA_API Tensor iota(std::int64_t n, DType dtype = DType::i64);
// Rows of x: x [N, ...], rows i64 [R] -> [R, ...]. Rows may repeat; their gradients are then added in the order of
// `rows`.
STRATA_API Tensor index_rows(const Tensor& x, const Tensor& rows);
// One element of each row: x [..., N], index i64 [...] -> x[..., index[...]], [...].
STRATA_API Tensor pick(const Tensor& x, const Tensor& index);

// target[rows[i]] += x[i] in place, without recording gradients: target [N, ...], rows i64 of any shape S, x [S, ...].
// The sums are in the order of i for any number of threads. Nothing is added to row `skipped` (if >= 0). This is the
// gradient of index_rows() and embedding() (op "scatter_rows").
STRATA_API void scatter_rows(const Tensor& target, const Tensor& x, const Tensor& rows, std::int64_t skipped = -1);
// target[..., index[...]] += x[...] in place, without recording gradients. This is the gradient of pick() (op
// "scatter_pick").
STRATA_API void scatter_pick(const Tensor& target, const Tensor& x, const Tensor& index);

}  // namespace strata
