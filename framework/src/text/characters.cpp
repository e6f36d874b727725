// Categories by utf8proc, ASCII by comparison.
#include "strata/text/characters.hpp"

#include <utf8proc.h>

#include "strata/core/utf8.hpp"

namespace strata {
namespace {

CharacterKind kind_of_ascii(unsigned char byte) {
  if (byte <= 0x20) return CharacterKind::space;
  if (byte >= '0' && byte <= '9') return CharacterKind::number;
  const unsigned char lower = byte | 0x20U;
  return lower >= 'a' && lower <= 'z' ? CharacterKind::letter : CharacterKind::sign;
}

CharacterKind kind_of(utf8proc_int32_t point) {
  constexpr utf8proc_int32_t kNextLine = 0x85;
  if (point == kNextLine) return CharacterKind::space;
  switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: return CharacterKind::letter;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME: return CharacterKind::mark;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return CharacterKind::number;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return CharacterKind::space;
    default: return CharacterKind::sign;
  }
}

}  // namespace

Character character_at(std::string_view text, std::size_t at) noexcept {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {text.substr(at, 1), kind_of_ascii(first)};
  const std::size_t length = utf8_length(text, at);
  if (length == 0) return {text.substr(at, 1), CharacterKind::invalid};
  utf8proc_int32_t point = 0;
  utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at), static_cast<utf8proc_ssize_t>(length),
                   &point);
  return {text.substr(at, length), kind_of(point)};
}

}  // namespace strata
