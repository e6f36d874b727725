// The part of a tensor that assign_at writes. Private to libstrata.
#pragma once

#include "strata/device/kernel.hpp"

namespace strata::detail {

// Of `to` [N,C,...] the places from `at` on that `from` [R,T,...] fills.
inline View place_at(const View& to, const View& from, std::int64_t at) {
  View part = to;
  part.shape[0] = from.shape[0];
  part.shape[1] = from.shape[1];
  part.data = part.as<unsigned char>() + at * to.strides[1] * static_cast<std::int64_t>(size_of(to.dtype));
  part.offset += at * to.strides[1];
  return part;
}

}  // namespace strata::detail
