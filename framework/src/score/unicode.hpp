// Code points: decoding, encoding and the character classes that the scorers ask for.
#pragma once

#include <string>
#include <string_view>

#include "strata/core/export.hpp"

namespace strata::detail {

// Throws E_DATA_UTF8 at the first byte that is not well-formed UTF-8.
STRATA_API std::u32string decode_utf8(std::string_view text);
STRATA_API void append_utf8(std::string& out, char32_t point);

// str.isspace() of Python: bidirectional class B, S or WS, or category Zs.
STRATA_API bool is_white(char32_t point);

bool is_punctuation(char32_t point);  // \p{P}
bool is_symbol(char32_t point);       // \p{S}
bool is_number(char32_t point);       // \p{N}

std::u32string lower_case(std::u32string_view text);
std::u32string_view strip_right(std::u32string_view text);

}  // namespace strata::detail
