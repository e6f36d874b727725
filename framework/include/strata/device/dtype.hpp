// DType: the element types of tensors, and the 16-bit floating-point types. C++17 and plain data only, because kernel
// files include it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace strata {

// The element types; the floating-point ones come first (f64 to bf16). A boolean is one byte, 0 or 1.
enum class DType : std::uint8_t { f64, f32, f16, bf16, i64, i32, i8, u8, boolean };

// The size of an element in bytes.
constexpr std::size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::f64:
    case DType::i64: return 8;
    case DType::f32:
    case DType::i32: return 4;
    case DType::f16:
    case DType::bf16: return 2;
    case DType::i8:
    case DType::u8:
    case DType::boolean: return 1;
  }
  return 0;
}

// True for f64, f32, f16 and bf16.
constexpr bool is_floating(DType dtype) { return dtype <= DType::bf16; }

// The name in recipes, messages and tables: "f32", "bf16", "bool", ...
constexpr const char* name_of(DType dtype) {
  switch (dtype) {
    case DType::f64: return "f64";
    case DType::f32: return "f32";
    case DType::f16: return "f16";
    case DType::bf16: return "bf16";
    case DType::i64: return "i64";
    case DType::i32: return "i32";
    case DType::i8: return "i8";
    case DType::u8: return "u8";
    case DType::boolean: return "bool";
  }
  return "?";
}

// bfloat16: the upper half of a float32. Conversion rounds to nearest even; NaN stays NaN.
struct BFloat16 {
  std::uint16_t bits;  // sign, 8 bits of exponent, 7 of fraction

  BFloat16() = default;
  // Rounds to the nearest value, ties to even.
  explicit BFloat16(float value) {
    std::uint32_t word;
    std::memcpy(&word, &value, sizeof word);
    const std::uint32_t rounded = (word + 0x7FFFU + ((word >> 16U) & 1U)) >> 16U;
    const bool nan = (word & 0x7FFFFFFFU) > 0x7F800000U;
    bits = static_cast<std::uint16_t>(nan ? (word >> 16U) | 0x40U : rounded);
  }
  // The value as a float, which is exact.
  explicit operator float() const {
    const std::uint32_t word = static_cast<std::uint32_t>(bits) << 16U;
    float value;
    std::memcpy(&value, &word, sizeof value);
    return value;
  }
};

// IEEE 754 binary16. Conversion rounds to nearest even, overflows to infinity and keeps subnormals.
struct Float16 {
  std::uint16_t bits;  // sign, 5 bits of exponent, 10 of fraction

  Float16() = default;
  // Rounds to the nearest value, ties to even.
  explicit Float16(float value) {
    std::uint32_t word;
    std::memcpy(&word, &value, sizeof word);
    const std::uint32_t sign = (word >> 16U) & 0x8000U;
    const std::uint32_t magnitude = word & 0x7FFFFFFFU;
    if (magnitude > 0x7F800000U) {
      bits = static_cast<std::uint16_t>(sign | 0x7E00U);
    } else if (magnitude >= 0x477FF000U) {  // rounds to 65536 or more
      bits = static_cast<std::uint16_t>(sign | 0x7C00U);
    } else if (magnitude < 0x38800000U) {  // below 2^-14: the float adder does the subnormal rounding
      float tiny;
      std::memcpy(&tiny, &magnitude, sizeof tiny);
      tiny += 0.5F;
      std::uint32_t shifted;
      std::memcpy(&shifted, &tiny, sizeof shifted);
      bits = static_cast<std::uint16_t>(sign | (shifted - 0x3F000000U));
    } else {
      const std::uint32_t rounded = magnitude - 0x38000000U + 0xFFFU + ((magnitude >> 13U) & 1U);
      bits = static_cast<std::uint16_t>(sign | (rounded >> 13U));
    }
  }
  // The value as a float, which is exact.
  explicit operator float() const {
    const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16U;
    const std::uint32_t exponent = (bits >> 10U) & 0x1FU;
    const std::uint32_t mantissa = bits & 0x3FFU;
    float value;
    if (exponent == 0) {
      value = static_cast<float>(mantissa) * 0x1p-24F;
      return sign != 0 ? -value : value;
    }
    const std::uint32_t word =
        sign | (exponent == 31 ? 0x7F800000U | (mantissa << 13U) : ((exponent + 112U) << 23U) | (mantissa << 13U));
    std::memcpy(&value, &word, sizeof value);
    return value;
  }
};

// The dtype of a C++ element type.
template <class T>
struct DTypeOf;
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::f64;
};
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::f32;
};
template <>
struct DTypeOf<Float16> {
  static constexpr DType value = DType::f16;
};
template <>
struct DTypeOf<BFloat16> {
  static constexpr DType value = DType::bf16;
};
template <>
struct DTypeOf<std::int64_t> {
  static constexpr DType value = DType::i64;
};
template <>
struct DTypeOf<std::int32_t> {
  static constexpr DType value = DType::i32;
};
template <>
struct DTypeOf<std::int8_t> {
  static constexpr DType value = DType::i8;
};
template <>
struct DTypeOf<std::uint8_t> {
  static constexpr DType value = DType::u8;
};
template <>
struct DTypeOf<bool> {
  static constexpr DType value = DType::boolean;
};
template <class T>
inline constexpr DType kDTypeOf = DTypeOf<T>::value;

}  // namespace strata
