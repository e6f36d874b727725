// Characters of a text and their kinds by Unicode.
#pragma once

#include <cstddef>
#include <string_view>

#include "strata/core/export.hpp"

namespace strata {

// The kind of a character by its Unicode general category. There is one exception: U+0000 to U+0020 and U+0085 are
// spaces here, although most of them are control characters in Unicode.
enum class CharacterKind {
  letter,   // L*
  mark,     // M*: an accent or a vowel sign, which belongs to the character before it
  number,   // N*
  space,    // Z* and white-space controls
  sign,     // all others: punctuation, symbols, invisible format characters, unassigned characters
  invalid,  // a byte that is not part of well-formed UTF-8
};

// One character of a text.
struct Character {
  std::string_view bytes;  // bytes in the text
  CharacterKind kind;      // kind of the character
};

// Returns the character that begins at byte `at`, at < text.size(). An invalid byte is a character of its own.
STRATA_API Character character_at(std::string_view text, std::size_t at) noexcept;

}  // namespace strata
