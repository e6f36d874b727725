// Weights in 8 bits: integer codes and one scale for each row. They have no gradients, so they are for models that are
// not trained.
#pragma once

#include "strata/core/export.hpp"
#include "strata/ops/fused.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// A matrix [O, I] in 8 bits, a quarter of the memory of f32. Row o stands for scale[o] * codes[o], and the error of
// each element is at most scale[o] / 2.
struct Int8Rows {
  Tensor codes;  // [O, I] i8, -127 to 127
  Tensor scale;  // [O] f32: largest magnitude of the row / 127; 0 for a row of zeros
};

// Converts a floating-point matrix [O, I] to codes, rounded to the nearest, ties to even.
STRATA_API Int8Rows quantize_rows(const Tensor& matrix);
// Returns the matrix scale * codes, f32 [O, I].
STRATA_API Tensor dequantize(const Int8Rows& rows);

// activation(x weight^T + bias): x [..., I] -> [..., O] in x's dtype; bias [O] or undefined. Each row of x is also
// converted to 8-bit codes with a scale of its own (dynamic symmetric quantization: Jacob et al., 2018), and the
// product of the codes is exact. A row of x with a NaN or an infinity gives NaN. Not differentiable.
STRATA_API Tensor linear_int8(const Tensor& x, const Int8Rows& weight, const Tensor& bias = {},
                              Activation activation = Activation::none);

}  // namespace strata
