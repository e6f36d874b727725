// Weights in 8 bits: codes and a scale per row. Only what does not learn computes with them.
#pragma once

#include "strata/core/export.hpp"
#include "strata/ops/fused.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// A matrix [O, I] in a quarter of f32's memory: row o is scale[o] * codes[o], each element off by at most scale[o] / 2.
struct Int8Rows {
  Tensor codes;  // [O, I] i8, -127 to 127
  Tensor scale;  // [O] f32: the row's largest magnitude / 127; 0 for a row of zeros
};

// matrix [O, I], floating; rounds to the nearest code, ties to even.
STRATA_API Int8Rows quantize_rows(const Tensor& matrix);
// scale * codes, f32 [O, I].
STRATA_API Tensor dequantize(const Int8Rows& rows);

// activation(x weight^T + bias), x [..., I] -> [..., O] in x's dtype; bias [O] or undefined. Each row of x is rounded
// to codes of its own, too (dynamic, symmetric: Jacob et al., 2018, with a scale a row), and the product of codes is
// exact; a row that holds a NaN or an infinity gives NaN. Has no gradient.
STRATA_API Tensor linear_int8(const Tensor& x, const Int8Rows& weight, const Tensor& bias = {},
                              Activation activation = Activation::none);

}  // namespace strata
