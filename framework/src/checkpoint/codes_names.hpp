// Where a file keeps a parameter that is held in 8 bits. Private to libstrata.
#pragma once

#include <string>

namespace strata::detail {

inline std::string codes_name(const std::string& parameter) { return parameter + ".codes"; }  // i8 [O, I]
inline std::string scale_name(const std::string& parameter) { return parameter + ".scale"; }  // f32 [O]

}  // namespace strata::detail
