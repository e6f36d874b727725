// What "symbols" of the word tokenizer promises, written out again over whole code points and Unicode's categories.
#pragma once

#include <utf8proc.h>

#include <string>
#include <string_view>
#include <vector>

namespace strata_test {

inline std::string utf8_of(std::u32string_view points) {
  std::string out;
  for (const char32_t point : points) {
    utf8proc_uint8_t bytes[4];
    const auto length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(point), bytes);
    out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
  }
  return out;
}

// The first letter of the general category, "L" of "Lu"; a space is "Z", be it a separator or a control.
inline char class_of(char32_t point) {
  if (point <= 0x20 || point == 0x85 || point == 0x2581) return 'Z';
  return utf8proc_category_string(static_cast<utf8proc_int32_t>(point))[0];
}

inline std::vector<std::u32string> words_by_category(std::u32string_view text) {
  std::vector<std::u32string> words;
  bool inside = false;
  for (const char32_t point : text) {
    const bool space = class_of(point) == 'Z';
    if (!space && !inside) words.emplace_back();
    if (!space) words.back() += point;
    inside = !space;
  }
  return words;
}

// The text as it comes back: its words with one space between.
inline std::string expected_text(std::u32string_view text) {
  std::string out;
  for (const std::u32string& word : words_by_category(text)) out += (out.empty() ? "" : " ") + utf8_of(word);
  return out;
}

inline std::vector<std::string> cut_by_category(std::u32string_view text) {
  std::vector<std::string> tokens;
  for (const std::u32string& word : words_by_category(text)) {
    bool in_letters = false, first = true;
    for (const char32_t point : word) {
      const char kind = class_of(point);
      if (!in_letters || (kind != 'L' && kind != 'M')) {
        tokens.emplace_back(first ? "\u2581" : "");
        in_letters = kind == 'L';
      }
      tokens.back() += utf8_of({&point, 1});
      first = false;
    }
  }
  return tokens;
}

}  // namespace strata_test
