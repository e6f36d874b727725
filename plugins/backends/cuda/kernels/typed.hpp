// Floating elements whose type is known when compiled: a thread's loads are all under way at once, where `Elements`
// waits at the switch of each.
#pragma once

#include "kernels/element.hpp"

namespace strata::cuda {

struct F16 {
  std::uint16_t bits;
};
struct Bf16 {
  std::uint16_t bits;
};

// What is computed in: f32, f64 for f64.
template <class T>
using ComputeOf = std::conditional_t<std::is_same_v<T, double>, double, float>;

STRATA_BOTH inline double wide(double value) { return value; }
STRATA_BOTH inline float wide(float value) { return value; }
STRATA_BOTH inline float wide(F16 value) { return from_f16(value.bits); }
STRATA_BOTH inline float wide(Bf16 value) { return from_bf16(value.bits); }

template <class T>
STRATA_BOTH T narrow(ComputeOf<T> value) {
  if constexpr (std::is_same_v<T, F16>) {
    return F16{to_f16(value)};
  } else if constexpr (std::is_same_v<T, Bf16>) {
    return Bf16{to_bf16(value)};
  } else {
    return value;
  }
}

// Calls visit(T{}) with the type of the elements; `dtype` is floating.
template <class Visit>
void with_floating(DType dtype, const Visit& visit) {
  switch (dtype) {
    case DType::f64: return visit(double{});
    case DType::f16: return visit(F16{});
    case DType::bf16: return visit(Bf16{});
    default: return visit(float{});
  }
}

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
