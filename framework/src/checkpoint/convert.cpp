// convert: a loop for each pair of types.
#include "checkpoint/convert.hpp"

#include <cstring>

#include "strata/core/error.hpp"

namespace strata::detail {
namespace {

template <class From, class To>
void each(const char* from, To* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    From value;
    std::memcpy(&value, from + i * static_cast<std::int64_t>(sizeof value), sizeof value);
    if constexpr (std::is_same_v<From, Float16> || std::is_same_v<From, BFloat16>) {
      to[i] = static_cast<To>(static_cast<float>(value));
    } else {
      to[i] = static_cast<To>(value);
    }
  }
}

template <class To>
void from_any(const void* from, DType type, To* to, std::int64_t count) {
  const auto* bytes = static_cast<const char*>(from);
  switch (type) {
    case DType::f64: return each<double>(bytes, to, count);
    case DType::f32: return each<float>(bytes, to, count);
    case DType::f16: return each<Float16>(bytes, to, count);
    case DType::bf16: return each<BFloat16>(bytes, to, count);
    case DType::i64: return each<std::int64_t>(bytes, to, count);
    case DType::i32: return each<std::int32_t>(bytes, to, count);
    case DType::i8: return each<std::int8_t>(bytes, to, count);
    case DType::u8:
    case DType::boolean: return each<std::uint8_t>(bytes, to, count);
  }
}

}  // namespace

void convert(const void* from, DType from_type, void* to, DType to_type, std::int64_t count) {
  if (to_type == DType::f32) return from_any(from, from_type, static_cast<float*>(to), count);
  if (to_type == DType::f64) return from_any(from, from_type, static_cast<double*>(to), count);
  throw Error("E_INTERNAL", "convert", std::string("to ") + name_of(to_type) + ", which is not f32 or f64");
}

}  // namespace strata::detail
