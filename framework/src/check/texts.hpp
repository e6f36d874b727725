// Texts of the checks' own making, kind and unkind.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strata::detail {

// Valid UTF-8 without line ends: several scripts, digits, signs, emoji, combining marks, uneven white space, and one
// line that spells the specials.
const std::vector<std::string>& sample_lines();

// Its words: what stands between Unicode white space and control bytes. `text` is valid UTF-8.
std::vector<std::string> words_of(std::string_view text);

// Texts whose every word has invalid UTF-8 in it.
std::vector<std::string> invalid_texts();

// What else a tokenizer meets: nothing, white space alone, NUL, all bytes, random bytes, `longest` bytes without
// a space.
std::vector<std::string> odd_texts(std::size_t longest, std::int64_t seed);

// How a text came back: as it was but for the amount of white space; in lower case, without accents, in compatibility
// forms or with more spaces, which a tokenizer may normalise; or changed.
enum class Likeness { same, normalised, changed };
Likeness likeness(std::string_view text, std::string_view back);

}  // namespace strata::detail
