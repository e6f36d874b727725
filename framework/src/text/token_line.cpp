// Tokens as lines: plain, or escaped after a space.
#include "text/token_line.hpp"

#include <algorithm>
#include <cstddef>

#include "strata/core/error.hpp"
#include "strata/core/utf8.hpp"

namespace strata::detail {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kEscape = 4;  // bytes of \xNN
constexpr const char* kHint =
    "a token with white space is written as a space, then its bytes, with \\xNN for white space, controls and "
    "backslashes";

bool is_space(char c) { return static_cast<unsigned char>(c) <= 0x20; }

[[noreturn]] void refuse(std::string_view line, const std::string& why, const std::string& hint = "") {
  throw Error("E_TOKENIZER_VOCABULARY", "", "token '" + printable(line, 60) + "' " + why, hint);
}

std::string escaped(std::string_view token) {
  std::string line = " ";
  for (std::size_t at = 0; at < token.size();) {
    const std::size_t length = utf8_length(token, at);
    if (length == 0 || is_space(token[at]) || token[at] == '\\') {
      const auto byte = static_cast<unsigned char>(token[at++]);
      line.append("\\x").append(1, kDigits[byte >> 4U]).append(1, kDigits[byte & 15U]);
    } else {
      line += token.substr(at, length);
      at += length;
    }
  }
  return line;
}

std::string unescaped(std::string_view line) {
  std::string token;
  for (std::size_t at = 1; at < line.size();) {
    if (line[at] != '\\') {
      token += line[at++];
      continue;
    }
    const std::string_view escape = line.substr(at, kEscape);
    const std::size_t high = escape.size() == kEscape ? kDigits.find(escape[2]) : std::string_view::npos;
    const std::size_t low = escape.size() == kEscape ? kDigits.find(escape[3]) : std::string_view::npos;
    if (high == std::string_view::npos || low == std::string_view::npos || escape[1] != 'x') {
      refuse(line, "has a damaged escape: '" + printable(escape) + "' is not \\x and two of the digits 0-9, a-f",
             kHint);
    }
    token += static_cast<char>(high * 16 + low);
    at += kEscape;
  }
  return token;
}

}  // namespace

std::string token_to_line(std::string_view token) {
  const bool plain = std::none_of(token.begin(), token.end(), is_space) && utf8_fault(token) == std::string_view::npos;
  return plain ? std::string(token) : escaped(token);
}

std::string line_to_token(std::string_view line) {
  if (!line.starts_with(' ')) {
    if (line.find('\r') != std::string_view::npos) refuse(line, "holds a carriage return");
    if (std::any_of(line.begin(), line.end(), is_space)) {
      refuse(line, "holds white space or a control byte that is not escaped", kHint);
    }
    if (line.empty()) refuse(line, "is empty");
    if (utf8_fault(line) != std::string_view::npos) refuse(line, "is not valid UTF-8");
    return std::string(line);
  }
  std::string token = unescaped(line);
  if (token.empty()) refuse(line, "is empty", kHint);
  if (const std::string written = token_to_line(token); written != line) {
    refuse(line, "is escaped in another way than it is written: '" + printable(written, 60) + "'", kHint);
  }
  return token;
}

}  // namespace strata::detail
