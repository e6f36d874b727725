// convert: numbers of one type in host memory as numbers of another.
#pragma once

#include <cstdint>

#include "strata/device/dtype.hpp"

namespace strata::detail {

// Converts `count` elements of any type to f32 or f64; `from` need not be aligned. Throws E_INTERNAL for another
// target.
void convert(const void* from, DType from_type, void* to, DType to_type, std::int64_t count);

}  // namespace strata::detail
