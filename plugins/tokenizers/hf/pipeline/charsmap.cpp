// A double array trie, searched as Darts-clone lays it out.
#include "charsmap.hpp"

#include <utf8proc.h>
#include <strata/core/error.hpp>

#include <cstring>

#include "../base64.hpp"
#include "unicode.hpp"

namespace hf {
namespace {

constexpr std::size_t kLongestGrapheme = 6;

bool has_leaf(std::uint32_t unit) { return (unit >> 8U & 1U) != 0; }
std::uint32_t value_of(std::uint32_t unit) { return unit & 0x7FFFFFFFU; }
std::uint32_t label_of(std::uint32_t unit) { return unit & 0x800000FFU; }
std::uint32_t offset_of(std::uint32_t unit) { return unit >> 10U << ((unit & 0x200U) >> 6U); }

}  // namespace

Charsmap::Charsmap(const strata::Config& json) {
  std::string bytes;
  std::uint32_t size = 0;
  const bool read = from_base64(json.string(), bytes) && bytes.size() > sizeof size;
  if (read) std::memcpy(&size, bytes.data(), sizeof size);
  if (!read || size == 0 || size % sizeof(std::uint32_t) != 0 || size > bytes.size() - sizeof size) {
    throw strata::Error("E_TOKENIZER_COMPONENT", json.place(), "is no table of characters in base64");
  }
  trie_.resize(size / sizeof(std::uint32_t));
  std::memcpy(trie_.data(), bytes.data() + sizeof size, size);
  texts_ = bytes.substr(sizeof size + size);
}

const char* Charsmap::find(std::string_view key) const {
  std::size_t node = offset_of(trie_[0]);
  for (const char letter : key) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte == 0) return nullptr;
    node ^= byte;
    if (node >= trie_.size() || label_of(trie_[node]) != byte) return nullptr;
    const std::uint32_t unit = trie_[node];
    node ^= offset_of(unit);
    if (!has_leaf(unit)) continue;
    if (node >= trie_.size()) return nullptr;
    const std::uint32_t at = value_of(trie_[node]);
    return at < texts_.size() ? texts_.c_str() + at : nullptr;
  }
  return nullptr;
}

std::string Charsmap::normalised(std::string_view text) const {
  std::string out;
  const auto put = [&](std::string_view part) {
    const char* found = find(part);
    if (found != nullptr) out += found;
    return found != nullptr;
  };
  const auto put_grapheme = [&](std::string_view grapheme) {
    if (grapheme.size() < kLongestGrapheme && put(grapheme)) return;
    for_each_char(grapheme, [&](const Char& one) {
      if (!put(one.bytes)) out += one.bytes;
    });
  };
  std::size_t begin = 0;
  std::int32_t before = -1;
  utf8proc_int32_t state = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Char one = char_at(text, at);
    const bool cut = before < 0 || one.code < 0 || utf8proc_grapheme_break_stateful(before, one.code, &state);
    if (cut && at > begin) {
      put_grapheme(text.substr(begin, at - begin));
      begin = at;
      state = 0;
    }
    before = one.code;
    at += one.bytes.size();
  }
  if (begin < text.size()) put_grapheme(text.substr(begin));
  return out;
}

}  // namespace hf
