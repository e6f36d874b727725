// UTF-8 as Unicode 15, table 3-7 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

#include "strata/core/export.hpp"

namespace strata {

// Bytes of the well-formed sequence that starts at `at` (1 to 4), or 0 if there is none.
STRATA_API std::size_t utf8_length(std::string_view text, std::size_t at = 0) noexcept;

// Offset of the first byte that is not part of well-formed UTF-8, or npos.
STRATA_API std::size_t utf8_fault(std::string_view text) noexcept;

}  // namespace strata
