// for_each_token: how tokenizer "word" cuts a text.
#pragma once

#include <strata/text/characters.hpp>

#include <string>
#include <string_view>

namespace word {

inline constexpr std::string_view kSpaceMark = "\xE2\x96\x81";  // U+2581, as SentencePiece writes a space

// spaces: "the 3rd, 1987" -> the | 3rd, | 1987                 (text is tokenised already)
// symbols: -> _the | _3 | rd | , | _1 | 9 | 8 | 7              (letter runs; digits and signs alone; _ is U+2581)
// characters: -> t | h | e | _ | 3 | r | d | , | _ | 1 | 9 | 8 | 7
enum class Split { spaces, symbols, characters };

// The end of the letters with their marks, of the digit, of the sign or of the bad byte that begins at byte `at`.
inline std::size_t end_of_symbol(std::string_view text, std::size_t at) {
  using strata::CharacterKind;
  const strata::Character first = strata::character_at(text, at);
  std::size_t end = at + first.bytes.size();
  if (first.kind != CharacterKind::letter) return end;
  while (end < text.size()) {
    const strata::Character next = strata::character_at(text, end);
    if (next.kind != CharacterKind::letter && next.kind != CharacterKind::mark) break;
    end += next.bytes.size();
  }
  return end;
}

// Calls visit(word) for what stands between spaces of any width. Where U+2581 is the mark of a space, a text that holds
// this character holds a space.
template <typename Visit>
void for_each_word(std::string_view text, Split split, Visit&& visit) {
  std::size_t begin = 0;  // of the present word
  const auto end_word = [&](std::size_t end) {
    if (end > begin) visit(text.substr(begin, end - begin));
  };
  for (std::size_t at = 0; at < text.size();) {
    const strata::Character one = strata::character_at(text, at);
    const std::size_t next = at + one.bytes.size();
    if (one.kind == strata::CharacterKind::space || (split != Split::spaces && one.bytes == kSpaceMark)) {
      end_word(at);
      begin = next;
    }
    at = next;
  }
  end_word(text.size());
}

// Calls visit(token) for each token of the text, in order; a view is valid during the call. Linear.
template <typename Visit>
void for_each_token(std::string_view text, Split split, Visit&& visit) {
  bool first = true;
  std::string marked;
  for_each_word(text, split, [&](std::string_view word) {
    if (split == Split::spaces) return visit(word);
    if (split == Split::characters && !first) visit(kSpaceMark);
    first = false;
    for (std::size_t at = 0; at < word.size();) {
      const std::size_t end =
          split == Split::symbols ? end_of_symbol(word, at) : at + strata::character_at(word, at).bytes.size();
      const std::string_view token = word.substr(at, end - at);
      if (split == Split::symbols && at == 0) {
        marked.assign(kSpaceMark).append(token);
        visit(std::string_view(marked));
      } else {
        visit(token);
      }
      at = end;
    }
  });
}

}  // namespace word
