// Names of dtypes in safetensors files.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "strata/device/dtype.hpp"

namespace strata::detail {

inline constexpr std::array<std::pair<std::string_view, DType>, 9> kSafetensorsDtypes = {{{"F64", DType::f64},
                                                                                          {"F32", DType::f32},
                                                                                          {"F16", DType::f16},
                                                                                          {"BF16", DType::bf16},
                                                                                          {"I64", DType::i64},
                                                                                          {"I32", DType::i32},
                                                                                          {"I8", DType::i8},
                                                                                          {"U8", DType::u8},
                                                                                          {"BOOL", DType::boolean}}};

inline bool find_safetensors_dtype(std::string_view name, DType& dtype) {
  for (const auto& [known, value] : kSafetensorsDtypes) {
    if (known != name) continue;
    dtype = value;
    return true;
  }
  return false;
}

inline std::string_view safetensors_dtype_name(DType dtype) {
  for (const auto& [known, value] : kSafetensorsDtypes) {
    if (value == dtype) return known;
  }
  return {};
}

inline std::string safetensors_dtype_names() {
  std::string names;
  for (const auto& known : kSafetensorsDtypes) names.append(names.empty() ? "" : ", ").append(known.first);
  return names;
}

}  // namespace strata::detail
