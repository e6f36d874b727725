// The texts, and how two are compared.
#include "check/texts.hpp"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "score/unicode.hpp"
#include "strata/core/error.hpp"
#include "strata/core/rng.hpp"

namespace strata::detail {
namespace {

// Lower case, compatibility forms composed, accents dropped; each run of white space is one space, none at the ends.
std::u32string folded(std::string_view text) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
                                                      UTF8PROC_STRIPMARK | UTF8PROC_STABLE);
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                             static_cast<utf8proc_ssize_t>(text.size()), &mapped, options);
  const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(mapped, std::free);
  if (size < 0) throw Error("E_DATA_UTF8", "", utf8proc_errmsg(size));
  std::u32string joined;
  for (const std::string& word : words_of({reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size)})) {
    if (!joined.empty()) joined += U' ';
    joined += decode_utf8(word);
  }
  return joined;
}

// `back` is `text` with spaces put in, if any.
bool only_spaces_added(std::u32string_view text, std::u32string_view back) {
  std::size_t at = 0;
  for (const char32_t point : back) {
    if (at < text.size() && text[at] == point) {
      ++at;
    } else if (point != U' ') {
      return false;
    }
  }
  return at == text.size();
}

}  // namespace

const std::vector<std::string>& sample_lines() {
  static const std::vector<std::string> lines = {
      "The quick brown fox jumps over the lazy dog .",
      "Two young, white males are outside near many bushes.",
      "A man in a blue shirt is standing on a ladder cleaning a window.",
      "don't stop: it's 3.14 or -1,000.50 % of $5! (see [1], {2} & <3>)",
      "0 1 2 3 4 5 6 7 8 9 10 1987 2024-02-29 12:59:59 +33 1e-5",
      "a@@ @@ b@@@ ##c x@@y # @ * ^ ~ | \\ / _ = + \" ' `",
      "Le gar\u00e7on a mang\u00e9 une cr\u00eape \u00e0 No\u00ebl, o\u00f9 qu'il f\u00fbt.",
      "\u00ab\u00a0O\u00f9 est-il\u202f?\u00a0\u00bb demanda-t-elle\u2026",
      "Zw\u00f6lf Boxk\u00e4mpfer jagen Viktor quer \u00fcber den gro\u00dfen Sylter Deich",
      "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440! \u0395\u03bb\u03bb\u03ac\u03b4\u03b1\u03c2",
      "\u6211 \u559c\u6b22 \u5403 \u5317\u4eac \u70e4\u9e2d \u3002",
      "\u6771\u4eac\u306f\u65e5\u672c\u306e\u9996\u90fd\u3067\u3059\u3002\u3000\uff11\uff12\uff13",
      "\uc11c\uc6b8\uc740 \ub300\ud55c\ubbfc\uad6d\uc758 \uc218\ub3c4\uc774\ub2e4",
      "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd \u0645\u0631\u062d\u0628\u0627",
      "\U0001f642 \U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1eb\U0001f1f7 \U0001f44d\U0001f3fd",
      "e\u0301te\u0301 a\u0308 o\u0302\u0323 n\u0303andu\u0301",  // letters and combining marks apart
      "  two  spaces,\ta tab and   three at the end   ",
      "written out: <s> </s> <pad> <unk> </w> a</s>b",
  };
  return lines;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (const char32_t point : decode_utf8(text)) {
    const bool space = point <= 0x20 || is_white(point);
    if (!space && !inside) words.emplace_back();
    if (!space) append_utf8(words.back(), point);
    inside = !space;
  }
  return words;
}

std::vector<std::string> invalid_texts() {
  return {"\xff",              // in no sequence
          "\x80",              // goes on what has not begun
          "\xc3",              // cut
          "\xe2\x82",          // cut
          "\xf0\x9f\x99",      // cut
          "\xc0\xaf",          // overlong
          "\xe0\x80\x80",      // overlong
          "\xed\xa0\x80",      // half of a surrogate pair
          "\xf4\x90\x80\x80",  // above U+10FFFF
          "dog\xff",
          "\xfe\xff\xff\xfe",
          "the\xc3 quick\xe2\x82 \xf0\x9f\x99x"};
}

std::vector<std::string> odd_texts(std::size_t longest, std::int64_t seed) {
  std::vector<std::string> texts = {"",          " ",      " \t\r\n ", std::string(1, '\0'),     std::string("a\0b", 3),
                                    "\ufeffthe", "\u2028", "\u0301",   std::string(longest, 'a')};
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    all += static_cast<char>(byte);
    texts.emplace_back(1, static_cast<char>(byte));
  }
  texts.push_back(all + all);
  Rng random(static_cast<std::uint64_t>(seed), "check/bytes");
  for (const std::size_t size : {std::size_t{7}, std::size_t{64}, std::size_t{1000}, longest}) {
    std::string bytes;
    while (bytes.size() < size) bytes += static_cast<char>(random.below(256));
    texts.push_back(std::move(bytes));
  }
  return texts;
}

Likeness likeness(std::string_view text, std::string_view back) {
  if (words_of(text) == words_of(back)) return Likeness::same;
  return only_spaces_added(folded(text), folded(back)) ? Likeness::normalised : Likeness::changed;
}

}  // namespace strata::detail
