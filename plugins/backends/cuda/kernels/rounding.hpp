// Many weights rounded to 16 bits in one launch.
#pragma once

#include "strata/device/kernel.hpp"

namespace strata::cuda {

struct RoundedPair {
  const View *weight, *copy;
};
// Contiguous f32 weights into contiguous copies of `dtype`, bf16 or f16.
void round_together(const RoundedPair* pairs, std::int32_t count, DType dtype, void* stream);

}  // namespace strata::cuda
