// Ops on the positions of tokens. Legend: B batch, T time, C model width.
#pragma once

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// Sinusoidal positions: x * scale + PE, with PE(t, 2i) = sin(t / 10000^(2i/C)), PE(t, 2i+1) = cos(t / 10000^(2i/C))
// (Vaswani et al., 2017, section 3.5). The angle is computed in f64 for every dtype, because it grows with the
// position. x [B,T,C] with an even C, positions i64 [B,T] or [1,T] -> [B,T,C]. Throws E_SHAPE or E_DTYPE for other
// inputs.
STRATA_API Tensor add_sinusoid(const Tensor& x, const Tensor& positions, double scale = 1);

// Rotary positions (Su et al., 2021, "RoFormer", section 3.2.2, with the halves of a head as pairs): elements i and i +
// F of each head are rotated by the angle positions * frequencies[i], 0 <= i < F, and multiplied by `factor`; elements
// from 2F on stay as they are. The angle is computed in f64 or as exactly. x [B,H,T,D], positions i64 [B,T] or [1,T],
// frequencies f32 [F] with 2F <= D -> [B,H,T,D], a view of a dense tensor [B,T,H,D]. Frequencies get no gradient.
// Throws E_SHAPE or E_DTYPE for other inputs.
STRATA_API Tensor rotary(const Tensor& x, const Tensor& positions, const Tensor& frequencies, double factor = 1);

// Returns true for positions before the end of a row, t < lengths[b]: lengths [B] of an integer type -> bool [B,T], T =
// `time`.
STRATA_API Tensor length_mask(const Tensor& lengths, std::int64_t time);

}  // namespace strata
