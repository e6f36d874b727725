// Characters of a text as the components of a tokenizer.json see them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hf {

// A character: its bytes in the text and its code point, -1 for a byte that is not part of well-formed UTF-8.
struct Char {
  std::string_view bytes;
  std::int32_t code = -1;
};

// Returns the character that begins at byte `at`, at < text.size().
Char char_at(std::string_view text, std::size_t at);
// Calls `each` for every character.
void for_each_char(std::string_view text, const auto& each) {
  for (std::size_t at = 0; at < text.size();) {
    const Char one = char_at(text, at);
    each(one);
    at += one.bytes.size();
  }
}

// Appends a code point in UTF-8.
void append_code(std::string& text, std::int32_t code);

// The classes of Unicode. A byte that is no character is in none of them.
bool is_white_space(std::int32_t code);      // the property White_Space
bool is_other(std::int32_t code);            // categories C*: controls, formats, unassigned, private
bool is_mark(std::int32_t code);             // categories M*
bool is_nonspacing_mark(std::int32_t code);  // category Mn
bool is_numeric(std::int32_t code);          // categories N*
bool is_punctuation(std::int32_t code);      // categories P*, and all signs of ASCII
bool is_ideograph(std::int32_t code);        // the blocks of CJK ideographs that BERT sets apart

// Appends the lower case of a code point; U+0130 has two.
void append_lower(std::string& text, std::int32_t code);

}  // namespace hf
