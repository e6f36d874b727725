// A token as one line of a vocabulary file.
#pragma once

#include <string>
#include <string_view>

namespace strata::detail {

// The line of a token, without its end. A token of valid UTF-8 without bytes up to 0x20 is its own line. Any other
// token is a space, then its bytes, with \xNN (two hexadecimal digits in lower case) for each byte up to 0x20, each
// backslash and each byte that is not part of well-formed UTF-8.
std::string token_to_line(std::string_view token);

// The token of a line. Throws E_TOKENIZER_VOCABULARY without a place for a line that token_to_line() never writes.
std::string line_to_token(std::string_view line);

}  // namespace strata::detail
