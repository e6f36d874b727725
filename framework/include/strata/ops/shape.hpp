// Ops that change shapes. reshape (of dense tensors), transpose, slice, select, expand and unbind return views of their
// input.
#pragma once

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// Changes the shape. One extent may be -1 and is then computed from the others. When the strides do not allow a view, x
// is copied.
STRATA_API Tensor reshape(const Tensor& x, const Shape& shape);
// Axis i of the result is axis axes[i] of x.
STRATA_API Tensor permute(const Tensor& x, const Shape& axes);
// Swaps two axes.
STRATA_API Tensor transpose(const Tensor& x, int a = -2, int b = -1);
// The part [begin, end) of an axis, 0 <= begin <= end <= extent.
STRATA_API Tensor slice(const Tensor& x, int axis, std::int64_t begin, std::int64_t end);
// The part at one index of an axis; the result does not have that axis.
STRATA_API Tensor select(const Tensor& x, int axis, std::int64_t index);
// Broadcasts to `shape`.
STRATA_API Tensor expand(const Tensor& x, const Shape& shape);
// Inserts an axis of extent 1 at position `axis`.
STRATA_API Tensor unsqueeze(const Tensor& x, int axis);
// Returns select() for every index of an axis. Its backward pass is one stack().
STRATA_API Tensors unbind(const Tensor& x, int axis);
// Joins tensors along an axis; all other extents must be equal, else it throws E_SHAPE.
STRATA_API Tensor concat(const Tensors& parts, int axis);
// Joins tensors of the same shape along a new axis at position `axis`.
STRATA_API Tensor stack(const Tensors& parts, int axis);
// Returns a dense copy, or the same handle when x is dense already.
STRATA_API Tensor contiguous(const Tensor& x);

}  // namespace strata
