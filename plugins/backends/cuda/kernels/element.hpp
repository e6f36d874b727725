// One element of any dtype, on either side: 16-bit floats compute in f32, all integers and bool in i64.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "kernels/grid.hpp"
#include "strata/device/dtype.hpp"

namespace strata::cuda {

// Those of a float are floats on either side.
using std::cos;
using std::erfc;
using std::exp;
using std::log;
using std::nearbyint;
using std::sin;
using std::sqrt;
using std::tanh;

STRATA_BOTH inline float float_of_word(std::uint32_t word) {
  float value;
  memcpy(&value, &word, sizeof value);
  return value;
}
STRATA_BOTH inline std::uint32_t word_of_float(float value) {
  std::uint32_t word;
  memcpy(&word, &value, sizeof word);
  return word;
}

STRATA_BOTH inline float from_bf16(std::uint16_t bits) {
  return float_of_word(static_cast<std::uint32_t>(bits) << 16U);
}
STRATA_BOTH inline std::uint16_t to_bf16(float value) {
#if defined(__CUDA_ARCH__)
  std::uint16_t bits;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  return bits;
#else
  const std::uint32_t word = word_of_float(value);
  if ((word & 0x7FFFFFFFU) > 0x7F800000U) return static_cast<std::uint16_t>((word >> 16U) | 0x40U);
  return static_cast<std::uint16_t>((word + 0x7FFFU + ((word >> 16U) & 1U)) >> 16U);
#endif
}

STRATA_BOTH inline float from_f16(std::uint16_t bits) {
#if defined(__CUDA_ARCH__)
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
  return value;
#else
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16U, exponent = (bits >> 10U) & 0x1FU,
                      fraction = bits & 0x3FFU;
  if (exponent == 0) {
    const float value = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -value : value;
  }
  return float_of_word(
      sign | (exponent == 31 ? 0x7F800000U | (fraction << 13U) : ((exponent + 112U) << 23U) | (fraction << 13U)));
#endif
}
STRATA_BOTH inline std::uint16_t to_f16(float value) {
#if defined(__CUDA_ARCH__)
  std::uint16_t bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  return bits;
#else
  const std::uint32_t word = word_of_float(value), sign = (word >> 16U) & 0x8000U, size = word & 0x7FFFFFFFU;
  if (size > 0x7F800000U) return static_cast<std::uint16_t>(sign | 0x7E00U);
  if (size >= 0x477FF000U) return static_cast<std::uint16_t>(sign | 0x7C00U);  // rounds to 65536 or more
  if (size < 0x38800000U) {  // below 2^-14: the float adder does the subnormal rounding
    return static_cast<std::uint16_t>(sign | (word_of_float(float_of_word(size) + 0.5F) - 0x3F000000U));
  }
  return static_cast<std::uint16_t>(sign | ((size - 0x38000000U + 0xFFFU + ((size >> 13U) & 1U)) >> 13U));
#endif
}

// Elements of a tensor, whose dtype is known at run time: a switch that all threads take alike.
struct Elements {
  void* data;
  DType dtype;

  template <class C>
  STRATA_BOTH C load(std::int64_t i) const {
    switch (dtype) {
      case DType::f64: return static_cast<C>(static_cast<const double*>(data)[i]);
      case DType::f32: return static_cast<C>(static_cast<const float*>(data)[i]);
      case DType::f16: return static_cast<C>(from_f16(static_cast<const std::uint16_t*>(data)[i]));
      case DType::bf16: return static_cast<C>(from_bf16(static_cast<const std::uint16_t*>(data)[i]));
      case DType::i64: return static_cast<C>(static_cast<const std::int64_t*>(data)[i]);
      case DType::i32: return static_cast<C>(static_cast<const std::int32_t*>(data)[i]);
      case DType::i8: return static_cast<C>(static_cast<const std::int8_t*>(data)[i]);
      case DType::u8:
      case DType::boolean: return static_cast<C>(static_cast<const std::uint8_t*>(data)[i]);
    }
    return C{};
  }
  // Converted; a boolean becomes value != 0.
  template <class C>
  STRATA_BOTH void store(std::int64_t i, C value) const {
    switch (dtype) {
      case DType::f64: static_cast<double*>(data)[i] = static_cast<double>(value); break;
      case DType::f32: static_cast<float*>(data)[i] = static_cast<float>(value); break;
      case DType::f16: static_cast<std::uint16_t*>(data)[i] = to_f16(static_cast<float>(value)); break;
      case DType::bf16: static_cast<std::uint16_t*>(data)[i] = to_bf16(static_cast<float>(value)); break;
      case DType::i64: static_cast<std::int64_t*>(data)[i] = static_cast<std::int64_t>(value); break;
      case DType::i32: static_cast<std::int32_t*>(data)[i] = static_cast<std::int32_t>(value); break;
      case DType::i8: static_cast<std::int8_t*>(data)[i] = static_cast<std::int8_t>(value); break;
      case DType::u8: static_cast<std::uint8_t*>(data)[i] = static_cast<std::uint8_t>(value); break;
      case DType::boolean: static_cast<std::uint8_t*>(data)[i] = value != C{} ? 1 : 0; break;
    }
  }
};
inline Elements elements_of(const View& view) { return {view.data, view.dtype}; }

template <class T>
STRATA_BOTH bool is_nan(T value) {
  if constexpr (std::is_floating_point_v<T>) return value != value;  // NOLINT(misc-redundant-expression): NaN alone
  return false;
}

template <class T>
STRATA_BOTH bool is_finite(T value) {
  return value - value == T{0};  // NOLINT(misc-redundant-expression): not of an infinity or a NaN
}

struct Plus {
  template <class T>
  STRATA_BOTH T operator()(T a, T b) const {
    return a + b;
  }
};

// Calls visit(C{}) with the type that `dtype` is computed in.
template <class Visit>
void with_compute(DType dtype, const Visit& visit) {
  if (dtype == DType::f64) return visit(double{});
  if (is_floating(dtype)) return visit(float{});
  visit(std::int64_t{});
}

}  // namespace strata::cuda
