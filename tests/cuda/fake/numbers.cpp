#include "cuda/fake/numbers.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace fake {
namespace {

// A finite x of `bits` significant bits is a whole number of 2^unit.
int unit_of(double x, int bits, int finest) { return x == 0 ? finest : std::max(std::ilogb(x) + 1 - bits, finest); }

// A sign, 5 bits of exponent, 10 of fraction.
double half_value(std::uint16_t word) {
  const int exponent = (word >> 10U) & 31, fraction = word & 1023;
  const double infinity = std::numeric_limits<double>::infinity();
  const double size = exponent == 31  ? (fraction == 0 ? infinity : std::nan(""))
                      : exponent == 0 ? std::ldexp(fraction, -24)
                                      : std::ldexp(1024 + fraction, exponent - 25);
  return (word & 0x8000U) != 0 ? -size : size;
}
std::uint16_t half_word(double x) {
  const unsigned sign = std::signbit(x) ? 0x8000U : 0U;
  if (std::isnan(x)) return static_cast<std::uint16_t>(sign | 0x7E00U);
  const double size = rounded(std::abs(x), 11, -24);
  if (size > 65504) return static_cast<std::uint16_t>(sign | 0x7C00U);
  const int unit = unit_of(size, 11, -24);
  // A normal number's leading bit is bit 10 of its units: it counts the exponent up from 0.
  const auto units = static_cast<unsigned>(std::ldexp(size, -unit)), exponent = static_cast<unsigned>(unit + 24);
  return static_cast<std::uint16_t>(sign | ((exponent << 10U) + units));
}

// The upper half of a float32's word.
double bfloat_value(std::uint16_t word) {
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(word) << 16U));
}
std::uint16_t bfloat_word(double x) {
  const auto value = static_cast<float>(rounded(x, 8, -133));
  return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16U);
}

}  // namespace

double rounded(double x, int bits, int finest) {
  if (!std::isfinite(x)) return x;
  const int unit = unit_of(x, bits, finest);
  return std::ldexp(std::nearbyint(std::ldexp(x, -unit)), unit);
}

double read(const void* data, std::size_t i, Format format) {
  switch (format) {
    case Format::f64: return static_cast<const double*>(data)[i];
    case Format::f32: return static_cast<double>(static_cast<const float*>(data)[i]);
    case Format::f16: return half_value(static_cast<const std::uint16_t*>(data)[i]);
    case Format::bf16: break;
  }
  return bfloat_value(static_cast<const std::uint16_t*>(data)[i]);
}

void write(void* data, std::size_t i, Format format, double x) {
  switch (format) {
    case Format::f64: static_cast<double*>(data)[i] = x; break;
    case Format::f32: static_cast<float*>(data)[i] = static_cast<float>(x); break;
    case Format::f16: static_cast<std::uint16_t*>(data)[i] = half_word(x); break;
    case Format::bf16: static_cast<std::uint16_t*>(data)[i] = bfloat_word(x); break;
  }
}

Numbers read_all(const void* data, std::size_t count, Format format) {
  Numbers all(count);
  for (std::size_t i = 0; data != nullptr && i < count; ++i) all[i] = read(data, i, format);
  return all;
}

void write_all(void* data, const Numbers& all, Format format) {
  for (std::size_t i = 0; data != nullptr && i < all.size(); ++i) write(data, i, format, all[i]);
}

}  // namespace fake
