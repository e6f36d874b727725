// The assignment of random words to the elements of a tensor, the same for all backends. C++17 and plain data only,
// because kernel files include it.
#pragma once

#include <cmath>
#include <cstdint>

#include "strata/core/philox.hpp"

namespace strata {

constexpr std::int64_t kMaxRandomCall = 0xFFFF;                    // largest `call`, which has 16 bits in the counter
constexpr std::int64_t kMaxRandomElement = std::int64_t{1} << 50;  // largest number of elements of one call

// The Philox block with the random words of four elements. Element e, counted in row-major order whatever the strides
// are, has word e % 4 of block e / 4:
//   key      the op's 64-bit key (low word first)
//   counter  { block bits 0-31, block bits 32-47 | call << 16, step bits 0-31, step bits 32-63 }
// `call` is an attribute (0 <= call <= 65535), `step` the value of the op's 0-d i64 input.
constexpr PhiloxBlock random_block(std::uint64_t key, std::int64_t call, std::int64_t step, std::int64_t block) {
  const auto at = static_cast<std::uint64_t>(block), when = static_cast<std::uint64_t>(step);
  return philox4x32(PhiloxBlock{{static_cast<std::uint32_t>(at),
                                 static_cast<std::uint32_t>(at >> 32U) | (static_cast<std::uint32_t>(call) << 16U),
                                 static_cast<std::uint32_t>(when), static_cast<std::uint32_t>(when >> 32U)}},
                    key);
}

// Returns the threshold of dropout: an element is kept when its random word is not below it. It is p, 0 <= p < 1,
// rounded up to a multiple of 2^-24, as a 32-bit word. philox_uniform() has the same steps of 2^-24, so that the
// composition, which compares uniform numbers in f32, draws the same mask.
inline std::uint32_t dropout_threshold(double p) {
  const double steps = std::ceil(p * 0x1p24);
  return static_cast<std::uint32_t>(steps < 0x1p24 ? steps : 0x1p24 - 1) << 8U;
}
// Returns the factor of a kept element. The product is computed in f32 (f64 for f64) and rounded once to the dtype of
// x.
inline double dropout_scale(double p) { return 1.0 / (1.0 - p); }

}  // namespace strata
