// Utf8Stream: what is complete, what may become complete, and what is replaced.
#include "strata/text/utf8_stream.hpp"

#include <cstddef>

#include "strata/core/utf8.hpp"

namespace strata {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// The number of bytes at `at`, where no well-formed sequence is, that are the beginning of one: 0 to 3 (table 3-7 of
// Unicode 15).
std::size_t beginning(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0xC2 || first > 0xF4) return 0;
  const std::size_t whole = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;  // bounds of the second byte
  unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  std::size_t length = 1;
  while (length < whole && at + length < text.size()) {
    const auto next = static_cast<unsigned char>(text[at + length]);
    if (next < low || next > high) break;
    ++length;
    low = 0x80, high = 0xBF;
  }
  return length;
}

// Appends `text` to `out`, but a beginning of a character at the end of it; returns the number of bytes that were read.
std::size_t append_complete(std::string_view text, std::string& out) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (const std::size_t length = utf8_length(text, at); length > 0) {
      out += text.substr(at, length);
      at += length;
      continue;
    }
    const std::size_t begun = beginning(text, at);
    if (begun > 0 && at + begun == text.size()) break;
    out += kReplacement;
    at += begun == 0 ? 1 : begun;
  }
  return at;
}

}  // namespace

std::string replace_invalid_utf8(std::string_view text) {
  std::string out;
  if (append_complete(text, out) < text.size()) out += kReplacement;
  return out;
}

std::string Utf8Stream::add(std::string_view bytes) {
  std::string out;
  if (rest_.empty()) {
    rest_ = bytes.substr(append_complete(bytes, out));
  } else {
    rest_ += bytes;
    rest_.erase(0, append_complete(rest_, out));
  }
  return out;
}

std::string Utf8Stream::finish() {
  std::string out(rest_.empty() ? "" : kReplacement);
  rest_.clear();
  return out;
}

}  // namespace strata
