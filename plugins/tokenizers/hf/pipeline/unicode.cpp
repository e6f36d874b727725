// Classes of characters by utf8proc.
#include "unicode.hpp"

#include <utf8proc.h>
#include <strata/core/utf8.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace hf {
namespace {

utf8proc_category_t category(std::int32_t code) { return code < 0 ? UTF8PROC_CATEGORY_ZS : utf8proc_category(code); }
bool between(std::int32_t code, utf8proc_category_t first, utf8proc_category_t last) {
  return code >= 0 && category(code) >= first && category(code) <= last;
}

}  // namespace

Char char_at(std::string_view text, std::size_t at) {
  const std::size_t size = strata::utf8_length(text, at);
  if (size == 0) return {text.substr(at, 1), -1};
  utf8proc_int32_t code = -1;
  utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at), static_cast<utf8proc_ssize_t>(size),
                   &code);
  return {text.substr(at, size), code};
}

void append_code(std::string& text, std::int32_t code) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const utf8proc_ssize_t size = utf8proc_encode_char(code, bytes.data());
  text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
}

bool is_white_space(std::int32_t code) {
  return (code >= 0x9 && code <= 0xD) || code == 0x20 || code == 0x85 ||
         between(code, UTF8PROC_CATEGORY_ZS, UTF8PROC_CATEGORY_ZP);
}
bool is_other(std::int32_t code) {
  return between(code, UTF8PROC_CATEGORY_CC, UTF8PROC_CATEGORY_CO) ||
         (code >= 0 && category(code) == UTF8PROC_CATEGORY_CN);
}
bool is_mark(std::int32_t code) { return between(code, UTF8PROC_CATEGORY_MN, UTF8PROC_CATEGORY_ME); }
bool is_nonspacing_mark(std::int32_t code) { return code >= 0 && category(code) == UTF8PROC_CATEGORY_MN; }
bool is_numeric(std::int32_t code) { return between(code, UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_NO); }
bool is_punctuation(std::int32_t code) {
  if (code >= 0 && code < 0x80)
    return (code > 0x20 && code < 0x7F) && between(code, UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_SO);
  return between(code, UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PO);
}
bool is_ideograph(std::int32_t code) {
  constexpr std::array<std::pair<std::int32_t, std::int32_t>, 8> kBlocks{{{0x4E00, 0x9FFF},
                                                                          {0x3400, 0x4DBF},
                                                                          {0x20000, 0x2A6DF},
                                                                          {0x2A700, 0x2B73F},
                                                                          {0x2B740, 0x2B81F},
                                                                          {0x2B920, 0x2CEAF},
                                                                          {0xF900, 0xFAFF},
                                                                          {0x2F800, 0x2FA1F}}};
  return std::any_of(kBlocks.begin(), kBlocks.end(),
                     [&](const auto& block) { return code >= block.first && code <= block.second; });
}

void append_lower(std::string& text, std::int32_t code) {
  append_code(text, utf8proc_tolower(code == 0x130 ? 'I' : code));
  if (code == 0x130) append_code(text, 0x307);
}

}  // namespace hf
