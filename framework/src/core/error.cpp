// Error and the text rules that keep it on one line.
#include "strata/core/error.hpp"

#include <array>
#include <cstdint>
#include <utility>

namespace strata {
namespace {

// Length of the well-formed UTF-8 sequence at `at` (Unicode 15, table 3-7), or 0.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<std::uint8_t>(text[at + i]) : std::uint8_t{0};
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) > 0x9F;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool beyond = first == 0xF4 && byte(1) > 0x8F;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

void append_hex(std::string& out, std::uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\x";
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 15U];
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (out.size() >= limit) return out + "...";
    const auto byte = static_cast<std::uint8_t>(text[i]);
    const std::size_t length = utf8_length(text, i);
    const bool c1_control = length == 2 && byte == 0xC2 && static_cast<std::uint8_t>(text[i + 1]) < 0xA0;
    if (length == 0 || byte < 0x20 || byte == 0x7F || c1_control) {
      append_hex(out, byte);
      ++i;
    } else {
      out.append(text, i, length);
      i += length;
    }
  }
  return out;
}

Error::Error(std::string code, std::string place, std::string message, std::string hint)
    : code_(std::move(code)), place_(std::move(place)), message_(std::move(message)), hint_(std::move(hint)) {
  constexpr std::size_t kLimit = 4000;
  line_ = "error[" + code_ + "]";
  if (!place_.empty()) line_ += " " + printable(place_, kLimit) + ":";
  line_ += " " + printable(message_, kLimit);
  if (!hint_.empty()) line_ += " (" + printable(hint_, kLimit) + ")";
}

Error::~Error() = default;

Exit Error::exit() const noexcept {
  struct Family {
    std::string_view prefix;
    Exit exit;
  };
  static constexpr std::array kFamilies = {
      Family{"E_USAGE", Exit::usage},       Family{"E_CONFIG", Exit::config}, Family{"E_DATA", Exit::data},
      Family{"E_TOKENIZER", Exit::data},    Family{"E_MODEL", Exit::model},   Family{"E_CHECKPOINT", Exit::model},
      Family{"E_PLUGIN", Exit::plugin},     Family{"E_DEVICE", Exit::device}, Family{"E_IO", Exit::io},
      Family{"E_DIVERGED", Exit::diverged}, Family{"E_MEMORY", Exit::memory}, Family{"E_PEER", Exit::peer},
      Family{"E_STOPPED", Exit::stopped},
  };
  for (const Family& family : kFamilies) {
    if (code_.compare(0, family.prefix.size(), family.prefix) == 0) return family.exit;
  }
  return Exit::internal;
}

}  // namespace strata
