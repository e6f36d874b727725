// Added tokens by one pattern of all their texts.
#include "added_tokens.hpp"

#include <strata/core/utf8.hpp>

#include <algorithm>

#include "unicode.hpp"

namespace hf {
namespace {

// The character that ends before byte `end`.
Char char_before(std::string_view text, std::size_t end) {
  std::size_t at = end - 1;
  while (at > 0 && end - at < 4 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80) --at;
  const Char one = char_at(text, at);
  return at + one.bytes.size() == end ? one : char_at(text, end - 1);
}

bool is_word(std::int32_t code) {
  return code == '_' || (code >= 0 && !is_white_space(code) && !is_punctuation(code) && !is_other(code));
}
bool within_word(std::string_view text, std::size_t begin, std::size_t end) {
  return (begin > 0 && is_word(char_before(text, begin).code)) ||
         (end < text.size() && is_word(char_at(text, end).code));
}

}  // namespace

AddedTokens::AddedTokens(std::vector<AddedToken> tokens, const std::string& place) : tokens_(std::move(tokens)) {
  std::erase_if(tokens_, [](const AddedToken& one) { return one.text.empty(); });
  std::stable_sort(tokens_.begin(), tokens_.end(),
                   [](const auto& a, const auto& b) { return a.text.size() > b.text.size(); });
  std::string pattern;
  for (const AddedToken& one : tokens_) pattern += (pattern.empty() ? "" : "|") + literal_pattern(one.text);
  if (!tokens_.empty()) pattern_.emplace(pattern, place);
}

void AddedTokens::for_each(std::string_view text, const std::function<void(std::string_view, bool)>& part,
                           const std::function<void(std::int32_t)>& token) const {
  std::size_t done = 0;  // what has been passed on
  const auto rest = [&](std::size_t end) {
    if (end > done) part(text.substr(done, end - done), done == 0);
  };
  if (pattern_) {
    pattern_->for_each_match(text, [&](std::string_view piece, bool is_match) {
      auto begin = static_cast<std::size_t>(piece.data() - text.data());
      std::size_t end = begin + piece.size();
      if (!is_match || begin < done) return;
      const auto found =
          std::find_if(tokens_.begin(), tokens_.end(), [&](const auto& one) { return one.text == piece; });
      if (found == tokens_.end() || (found->single_word && within_word(text, begin, end))) return;
      while (found->left_space && begin > done && is_white_space(char_before(text, begin).code)) {
        begin -= char_before(text, begin).bytes.size();
      }
      while (found->right_space && end < text.size() && is_white_space(char_at(text, end).code)) {
        end += char_at(text, end).bytes.size();
      }
      rest(begin);
      token(found->id);
      done = end;
    });
  }
  rest(text.size());
}

}  // namespace hf
