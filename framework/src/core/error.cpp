// Error and the text rules that keep it on one line.
#include "strata/core/error.hpp"

#include <array>
#include <cstdint>
#include <utility>

#include "strata/core/utf8.hpp"

namespace strata {
namespace {

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
