// Reductions. A kept axis stays with extent 1. sum and mean of 16-bit floats accumulate in f32 and return f32.
#pragma once

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// Over all axes, or over those of `axes` (negative ones count from the end). A sum of integers is i64.
STRATA_API Tensor sum(const Tensor& x);  // all -> []
STRATA_API Tensor sum(const Tensor& x, const Shape& axes, bool keep = false);
STRATA_API Tensor mean(const Tensor& x);
STRATA_API Tensor mean(const Tensor& x, const Shape& axes, bool keep = false);
STRATA_API Tensor max(const Tensor& x, int axis, bool keep = false);  // the gradient goes to the first of equals
STRATA_API Tensor argmax(const Tensor& x, int axis);                  // -> i64, the first of equals
// Reduces what broadcasting had added, so that the result has `shape`: the gradient of a broadcast.
STRATA_API Tensor sum_to(const Tensor& x, const Shape& shape);

// The k largest of each row.
struct TopK {
  Tensor values;   // [..., k], descending; equals in order of index
  Tensor indices;  // i64
};
STRATA_API TopK topk(const Tensor& x, int k);  // over the last axis; not differentiable

}  // namespace strata
