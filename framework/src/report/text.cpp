// Escaping and measuring of outside text.
#include "report/text.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "strata/core/utf8.hpp"

namespace strata::detail {
namespace {

// Only of well-formed sequences.
utf8proc_int32_t point_at(std::string_view text, std::size_t at, std::size_t length) {
  utf8proc_int32_t point = 0;
  utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at), static_cast<utf8proc_ssize_t>(length),
                   &point);
  return point;
}

bool turns_direction(utf8proc_int32_t point) {
  return (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

template <class Number>
std::string number(Number value) {
  if (!std::isfinite(value)) return "null";
  char text[40];
  const std::to_chars_result end = std::to_chars(text, text + sizeof text, value);
  return {text, end.ptr};
}

}  // namespace

std::string visible(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    const utf8proc_int32_t point = length > 0 ? point_at(text, at, length) : -1;
    // U+FFFE and U+FFFF are no characters of XML.
    if (point < 0x20 || (point >= 0x7F && point < 0xA0) || (point & 0xFFFE) == 0xFFFE) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[at]));
      ++at;
      continue;
    }
    if (turns_direction(point) || point == 0x2028 || point == 0x2029) {
      out += fmt::format("\\u{:04x}", point);
    } else {
      out.append(text, at, length);
    }
    at += length;
  }
  return out;
}

std::string xml(std::string_view text) {
  std::string out;
  for (const char c : visible(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    const auto byte = static_cast<unsigned char>(text[at]);
    if (length == 0) {
      out += fmt::format("\\\\x{:02x}", byte);
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      if (byte == '"' || byte == '\\') out += '\\';
      out.append(text, at, length);
    }
    at += length == 0 ? 1 : length;
  }
  return out + '"';
}

std::string json_number(double value) { return number(value); }
std::string json_number(float value) { return number(value); }

int columns(std::string_view text) {
  int sum = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    sum += length > 0 ? utf8proc_charwidth(point_at(text, at, length)) : 1;
    at += length > 0 ? length : 1;
  }
  return sum;
}

std::string fit(std::string_view text, int limit) {
  if (columns(text) <= limit) return std::string(text);
  std::size_t at = 0;
  int used = 1;  // the mark
  while (at < text.size()) {
    const std::size_t length = std::max<std::size_t>(1, utf8_length(text, at));
    const int width = columns(text.substr(at, length));
    if (used + width > limit) break;
    used += width;
    at += length;
  }
  return std::string(text.substr(0, at)) + "…";
}

}  // namespace strata::detail
