// The check of indices before a kernel follows them. Private to libstrata.
#pragma once

#include <cstdint>
#include <limits>

#include "strata/tensor/tensor.hpp"

namespace strata::detail {

constexpr std::int64_t kNoIgnored = std::numeric_limits<std::int64_t>::min();

// index: i64 (E_DTYPE), every value in [0, limit) or `ignored` (E_SHAPE_INDEX naming value, position and limit). Values
// in memory that the host cannot read are left to the device's kernel.
void check_indices(const char* op, const Tensor& index, std::int64_t limit, std::int64_t ignored = kNoIgnored);
// The same of a number [] of things, in [least, most].
void check_count(const char* op, const Tensor& count, std::int64_t least, std::int64_t most);

}  // namespace strata::detail
