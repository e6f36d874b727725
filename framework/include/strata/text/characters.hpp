// Characters of a text and what Unicode says they are.
#pragma once

#include <cstddef>
#include <string_view>

#include "strata/core/export.hpp"

namespace strata {

// By the general category, with one exception: a byte up to U+0020 and U+0085 are spaces, though Unicode calls most of
// them controls.
enum class CharacterKind {
  letter,   // L*
  mark,     // M*: an accent or a vowel sign that belongs to what stands before it
  number,   // N*
  space,    // Z* and white-space controls
  sign,     // everything else: punctuation, symbols, invisible formats, characters that are not assigned
  invalid,  // a byte that is not part of well-formed UTF-8
};

// One character of a text.
struct Character {
  std::string_view bytes;  // into the text
  CharacterKind kind;      // by its general category
};

// The character at byte `at` < text.size(); an invalid byte stands alone.
STRATA_API Character character_at(std::string_view text, std::size_t at) noexcept;

}  // namespace strata
