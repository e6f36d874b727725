// Pieces: a text cut by a regular expression.
#pragma once

#include <strata/core/config.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace hf {

using PieceFunction = std::function<void(std::string_view)>;
using MatchFunction = std::function<void(std::string_view, bool is_match)>;

class Pieces {
 public:
  // Compiles a regular expression of PCRE2, whose classes are those of Unicode. Throws E_TOKENIZER_PATTERN at `place`,
  // with the offset, for one that is not valid.
  Pieces(const std::string& pattern, const std::string& place);
  ~Pieces();
  Pieces(Pieces&&) noexcept;
  Pieces& operator=(Pieces&&) noexcept;

  // Calls `each` for the matches and for what is between them, in order; together they are the text. Bytes that are not
  // valid UTF-8 match nothing, and an empty match is none.
  void for_each_match(std::string_view text, const MatchFunction& each) const;
  void for_each(std::string_view text, const PieceFunction& each) const;
  // Returns the text with `content` in place of every match.
  std::string replaced(std::string_view text, std::string_view content) const;

 private:
  struct Code;
  std::unique_ptr<Code> code_;
};

// The pattern of GPT-2: contractions ("'s"), letters, digits or other signs with at most one space before them, white
// space (Radford et al., 2019; encoder.py of the release).
extern const char* const kGpt2Pattern;
// True for a token that begins with no white space, so that it continues the word before it.
inline bool continues_word(std::string_view token) {
  return token.front() != ' ' && token.front() != '\n' && token.front() != '\t';
}
// Returns a pattern that matches this text alone.
std::string literal_pattern(std::string_view text);
// Returns the pattern of {"Regex": ...} or {"String": ...}.
std::string pattern_of(const strata::Config& json);

}  // namespace hf
