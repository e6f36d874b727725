// Which random word belongs to which element, once for all backends. C++17 and plain data: kernel files include it.
#pragma once

#include <cmath>
#include <cstdint>

#include "strata/core/philox.hpp"

namespace strata {

constexpr std::int64_t kMaxRandomCall = 0xFFFF;                    // largest `call`: 16 bits of the counter
constexpr std::int64_t kMaxRandomElement = std::int64_t{1} << 50;  // elements that one call can number

// Element e (row-major over the tensor's own shape, whatever its strides) has word e % 4 of this block with block = e /
// 4:
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

// Dropout keeps an element when its word >= this: p rounded up to the grid of 2^-24 (that of philox_uniform, so that
// the composition, which compares uniform numbers in f32, draws the same mask), as a 32-bit word. 0 <= p < 1.
inline std::uint32_t dropout_threshold(double p) {
  const double steps = std::ceil(p * 0x1p24);
  return static_cast<std::uint32_t>(steps < 0x1p24 ? steps : 0x1p24 - 1) << 8U;
}
// A kept element is x * this, computed in f32 (f64 for f64) and rounded once to x's type; a dropped one is 0.
inline double dropout_scale(double p) { return 1.0 / (1.0 - p); }

}  // namespace strata
