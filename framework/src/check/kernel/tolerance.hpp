// How far a kernel may be from the float64 oracle, by dtype: data, so that a number is changed here or nowhere.
//
// The difference of an element is |got - expected| / max(|expected|, rms of the expected tensor): relative, but an
// element that cancelled to nearly nothing is measured by its neighbours. Inputs are rounded to the dtype before either
// side sees them, so that only the arithmetic is judged. Bounds are multiples of u, the unit roundoff: half the
// distance of two neighbours, relative.
#pragma once

#include "strata/device/dtype.hpp"

namespace strata::detail::conformance {

struct Tolerance {
  double unit;      // u of the dtype
  double forward;   // in u
  double backward;  // in u: the product of several rounded factors
};

constexpr Tolerance tolerance_of(DType dtype) {
  switch (dtype) {
    // 53 bits. The oracle rounds as often as the kernel, in another order: sums of up to 100 terms, each off by u / 2,
    // usually by sqrt(100) of that; 64 leaves room for exp and tanh of another library.
    case DType::f64: return {0x1p-53, 64, 128};
    // 24 bits. The same sums, and vectorised exp, tanh and erf that are within some 4 u of the true value.
    case DType::f32: return {0x1p-24, 64, 128};
    // 11 bits; kernels accumulate in f32, so the result is rounded once: 1 u, and 2 where a tie falls the other way.
    // The plain gradients of composed ops round each of 3 to 6 factors.
    case DType::f16: return {0x1p-11, 2, 6};
    // 8 bits; as f16.
    case DType::bf16: return {0x1p-8, 2, 6};
    default: return {0, 0, 0};  // integers and bool are exact
  }
}

}  // namespace strata::detail::conformance
