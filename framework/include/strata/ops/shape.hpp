// Ops on geometry. reshape (of dense tensors), transpose, slice, select, expand and unbind are views of their input.
#pragma once

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// One extent may be -1: what is left. Copies first when the strides do not allow a view.
STRATA_API Tensor reshape(const Tensor& x, const Shape& shape);
// Axis i of the result is axis axes[i] of x.
STRATA_API Tensor permute(const Tensor& x, const Shape& axes);
// Two axes change places.
STRATA_API Tensor transpose(const Tensor& x, int a = -2, int b = -1);
STRATA_API Tensor slice(const Tensor& x, int axis, std::int64_t begin,
                        std::int64_t end);                                // [begin, end), 0 <= begin <= end <= extent
STRATA_API Tensor select(const Tensor& x, int axis, std::int64_t index);  // the axis is gone
STRATA_API Tensor expand(const Tensor& x, const Shape& shape);            // broadcast to shape
// A new axis of extent 1 at this place.
STRATA_API Tensor unsqueeze(const Tensor& x, int axis);
STRATA_API Tensors unbind(const Tensor& x, int axis);  // all selects of an axis; backward is one stack
// One after the other along an axis; the other extents are equal, else E_SHAPE.
STRATA_API Tensor concat(const Tensors& parts, int axis);
// Tensors of one shape side by side along a new axis at this place.
STRATA_API Tensor stack(const Tensors& parts, int axis);
STRATA_API Tensor contiguous(const Tensor& x);  // the same handle when dense already

}  // namespace strata
