// Reductions. With `keep`, a reduced axis stays with extent 1. sum and mean of 16-bit floats accumulate in f32 and
// return f32.
#pragma once

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// Sum and mean over all axes (-> []), or over `axes` (negative ones count from the end). The sum of integers is i64.
STRATA_API Tensor sum(const Tensor& x);
STRATA_API Tensor sum(const Tensor& x, const Shape& axes, bool keep = false);
STRATA_API Tensor mean(const Tensor& x);
STRATA_API Tensor mean(const Tensor& x, const Shape& axes, bool keep = false);
// The largest value along an axis; of equal values, the first gets the gradient.
STRATA_API Tensor max(const Tensor& x, int axis, bool keep = false);
// The index of the largest value along an axis, i64; of equal values, that of the first.
STRATA_API Tensor argmax(const Tensor& x, int axis);
// Sums over the axes along which a tensor of `shape` was broadcast to the shape of x. This is the gradient of a
// broadcast.
STRATA_API Tensor sum_to(const Tensor& x, const Shape& shape);

// The k largest of each row.
struct TopK {
  Tensor values;   // [..., k], in descending order; equal values in the order of their indices
  Tensor indices;  // i64 [..., k]
};
// The k largest values along the last axis. Not differentiable.
STRATA_API TopK topk(const Tensor& x, int k);

}  // namespace strata
