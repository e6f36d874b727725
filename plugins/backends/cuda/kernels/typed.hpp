// Where a unit of a layer stands in its matrices.
#pragma once

#include "kernels/dense.hpp"
#include "kernels/floats.hpp"

namespace strata::cuda {

// Element i in rows of `width`; 32-bit division is several times faster, and nearly always enough.
struct InRows {
  std::int64_t row, column;
};
STRATA_BOTH inline InRows in_rows(std::int64_t i, std::int64_t width) {
  if (((i | width) >> 32) == 0) {
    const auto small = static_cast<std::uint32_t>(i), by = static_cast<std::uint32_t>(width);
    return {small / by, small % by};
  }
  return {i / width, i % width};
}

// A matrix whose rows are dense.
template <class T>
struct Lines {
  T* data;
  std::int64_t stride;  // of two rows
  STRATA_BOTH T* operator[](std::int64_t row) const { return data + row * stride; }
  STRATA_BOTH explicit operator bool() const { return data != nullptr; }
};

}  // namespace strata::cuda
