// Text files that users give, which may begin with a byte order mark.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "strata/core/export.hpp"

namespace strata {

// U+FEFF at the beginning of a file: it says that the file is UTF-8 and is no part of the text.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Returns `text`, the beginning of a file, without a byte order mark.
STRATA_API std::string_view without_byte_order_mark(std::string_view text) noexcept;

// Reads a whole text file without its byte order mark. `limit` is the largest size of the file in bytes. Throws E_IO_*,
// as read_file().
STRATA_API std::string read_text_file(const std::string& path, std::size_t limit = std::size_t{1} << 32U);

}  // namespace strata
