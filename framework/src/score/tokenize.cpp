// The reference scorer's tokenizers, written as passes over characters: its regular expressions consume pairs from left
// to right without overlap, and so do the passes.
#include "strata/score/tokenize.hpp"

#include <array>

#include "score/unicode.hpp"
#include "strata/core/error.hpp"

namespace strata {
namespace {

using detail::is_number;
using detail::is_punctuation;
using detail::is_symbol;
using detail::is_white;

struct Named {
  BleuTokenize how;
  std::string_view name;
};
constexpr std::array kNames = {Named{BleuTokenize::mteval13a, "13a"}, Named{BleuTokenize::intl, "intl"},
                               Named{BleuTokenize::none, "none"}, Named{BleuTokenize::characters, "char"},
                               Named{BleuTokenize::spaces, "spaces"}};

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_point(char32_t c) { return c == '.' || c == ','; }

// ASCII marks that always stand alone: [\{-\~\[-\` -\&\(-\+\:-\@\/]
bool stands_alone(char32_t c) {
  return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') || (c >= '(' && c <= '+') ||
         (c >= ':' && c <= '@') || c == '/';
}

// s/(A)(B)/$1 $2 /g
template <class A, class B>
std::u32string split_off_second(std::u32string_view text, A first, B second) {
  std::u32string out;
  out.reserve(text.size() + text.size() / 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (i + 1 < text.size() && first(text[i]) && second(text[i + 1])) {
      out += U' ';
      out += text[++i];
      out += U' ';
    }
  }
  return out;
}

// s/(A)(B)/ $1 $2/g
template <class A, class B>
std::u32string split_off_first(std::u32string_view text, A first, B second) {
  std::u32string out;
  out.reserve(text.size() + text.size() / 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i + 1 < text.size() && first(text[i]) && second(text[i + 1])) {
      out += U' ';
      out += text[i];
      out += U' ';
      out += text[++i];
    } else {
      out += text[i];
    }
  }
  return out;
}

// s/(A)/ $1 /g
template <class A>
std::u32string split_off(std::u32string_view text, A which) {
  std::u32string out;
  out.reserve(text.size() + text.size() / 2);
  for (const char32_t c : text) {
    if (which(c)) {
      out += {U' ', c, U' '};
    } else {
      out += c;
    }
  }
  return out;
}

std::u32string replace_all(std::u32string_view text, std::u32string_view what, std::u32string_view with) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t at = 0;;) {
    const std::size_t found = text.find(what, at);
    out += text.substr(at, found - at);
    if (found == std::u32string_view::npos) return out;
    out += with;
    at = found + what.size();
  }
}

std::u32string pass_13a(std::u32string_view line) {
  std::u32string text = replace_all(line, U"<skipped>", U"");
  text = replace_all(text, U"-\n", U"");
  text = replace_all(text, U"\n", U" ");
  if (text.find(U'&') != std::u32string::npos) {
    text = replace_all(text, U"&quot;", U"\"");
    text = replace_all(text, U"&amp;", U"&");
    text = replace_all(text, U"&lt;", U"<");
    text = replace_all(text, U"&gt;", U">");
  }
  const auto no_digit = [](char32_t c) { return !is_digit(c); };
  text = split_off(U" " + text + U" ", stands_alone);
  text = split_off_second(text, no_digit, is_point);
  text = split_off_first(text, is_point, no_digit);
  return split_off_second(text, is_digit, [](char32_t c) { return c == '-'; });
}

std::u32string pass_intl(std::u32string_view line) {
  const auto no_number = [](char32_t c) { return !is_number(c); };
  std::u32string text = split_off_second(line, no_number, is_punctuation);
  text = split_off_first(text, is_punctuation, no_number);
  return split_off(text, is_symbol);
}

std::string encode(std::u32string_view points) {
  std::string out;
  out.reserve(points.size());
  for (const char32_t point : points) detail::append_utf8(out, point);
  return out;
}

std::vector<std::string> words(std::u32string_view text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    while (at < text.size() && is_white(text[at])) ++at;
    std::size_t end = at;
    while (end < text.size() && !is_white(text[end])) ++end;
    if (end > at) out.push_back(encode(text.substr(at, end - at)));
    at = end;
  }
  return out;
}

std::vector<std::string> single_characters(std::u32string_view text) {
  std::vector<std::string> out;
  for (const char32_t c : text) {
    if (!is_white(c)) out.push_back(encode({&c, 1}));
  }
  return out;
}

std::vector<std::string> between_spaces(std::u32string_view text) {
  std::vector<std::string> out;
  for (std::size_t at = 0;;) {
    const std::size_t space = text.find(U' ', at);
    out.push_back(encode(text.substr(at, space - at)));
    if (space == std::u32string_view::npos) return out;
    at = space + 1;
  }
}

}  // namespace

BleuTokenize bleu_tokenize(std::string_view name) {
  for (const Named& named : kNames) {
    if (named.name == name) return named.how;
  }
  throw Error("E_USAGE_TOKENIZE", "--tokenize", "unknown tokenization '" + printable(name) + "'",
              "known: 13a, intl, none, char, spaces");
}

std::string_view name_of(BleuTokenize how) {
  for (const Named& named : kNames) {
    if (named.how == how) return named.name;
  }
  return "?";
}

std::vector<std::string> bleu_tokens(std::string_view line, BleuTokenize how, bool lowercase) {
  std::u32string points = detail::decode_utf8(line);
  if (lowercase) points = detail::lower_case(points);
  const std::u32string_view text = detail::strip_right(points);
  switch (how) {
    case BleuTokenize::mteval13a: return words(pass_13a(text));
    case BleuTokenize::intl: return words(pass_intl(text));
    case BleuTokenize::characters: return single_characters(text);
    case BleuTokenize::spaces: return between_spaces(text);
    case BleuTokenize::none: break;
  }
  return words(text);
}

std::string lower_case(std::string_view text) { return encode(detail::lower_case(detail::decode_utf8(text))); }

std::vector<std::string> split_words(std::string_view text) { return words(detail::decode_utf8(text)); }

}  // namespace strata
