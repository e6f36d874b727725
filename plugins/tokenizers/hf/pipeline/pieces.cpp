// Pieces by PCRE2.
#define PCRE2_CODE_UNIT_WIDTH 8
#include "pieces.hpp"

#include <pcre2.h>
#include <strata/core/error.hpp>

#include <cctype>

namespace hf {

const char* const kGpt2Pattern = R"('(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

std::string literal_pattern(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && std::isalnum(byte) == 0) pattern += '\\';  // of signs and white space, the sign itself
    pattern += c;
  }
  return pattern;
}

namespace {

// The pattern with the word characters of the library Oniguruma for \w and \W, as PCRE2 counts other characters.
std::string with_words(const std::string& pattern) {
  constexpr const char* kWord = R"(\p{L}\p{M}\p{Nd}\p{Pc}\x{B2}\x{B3}\x{B9}\x{BC}-\x{BE})";
  std::string out;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      const char next = pattern[++i];
      if (next == 'w')
        out += in_class ? kWord : std::string("[") + kWord + "]";
      else if (next == 'W' && !in_class)
        out += std::string("[^") + kWord + "]";
      else
        out += {'\\', next};
      continue;
    }
    if (pattern[i] == '[') in_class = true;
    if (pattern[i] == ']') in_class = false;
    out += pattern[i];
  }
  return out;
}

}  // namespace

struct Pieces::Code {
  explicit Code(pcre2_code* made) : code(made) {}
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;
  ~Code() { pcre2_code_free(code); }
  pcre2_code* code;
};

Pieces::Pieces(const std::string& pattern, const std::string& place) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  const std::string translated = with_words(pattern);
  pcre2_code* made = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
                                   PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF, &error, &offset, nullptr);
  if (made == nullptr) {
    PCRE2_UCHAR message[160];
    pcre2_get_error_message(error, message, sizeof message);
    throw strata::Error("E_TOKENIZER_PATTERN", place,
                        std::string(reinterpret_cast<const char*>(message)) + " at offset " + std::to_string(offset) +
                            " of '" + strata::printable(translated, 80) + "'");
  }
  pcre2_jit_compile(made, PCRE2_JIT_COMPLETE);  // without it, matching is slower and the same
  code_ = std::make_unique<Code>(made);
}

Pieces::~Pieces() = default;
Pieces::Pieces(Pieces&&) noexcept = default;
Pieces& Pieces::operator=(Pieces&&) noexcept = default;

std::string pattern_of(const strata::Config& json) {
  const strata::Config* regex = json.find("Regex");
  return regex != nullptr ? regex->string() : literal_pattern(json.at("String").string());
}

void Pieces::for_each(std::string_view text, const PieceFunction& each) const {
  for_each_match(text, [&](std::string_view piece, bool) { each(piece); });
}

std::string Pieces::replaced(std::string_view text, std::string_view content) const {
  std::string out;
  for_each_match(text, [&](std::string_view piece, bool is_match) { out += is_match ? content : piece; });
  return out;
}

void Pieces::for_each_match(std::string_view text, const MatchFunction& each) const {
  const std::unique_ptr<pcre2_match_data, void (*)(pcre2_match_data*)> match(pcre2_match_data_create(1, nullptr),
                                                                             pcre2_match_data_free);
  std::size_t begin = 0;  // of what has not been passed on
  for (std::size_t at = 0; at < text.size();) {
    const int count =
        pcre2_match(code_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), at, 0, match.get(), nullptr);
    if (count < 0 && count != PCRE2_ERROR_NOMATCH) {
      throw strata::Error("E_TOKENIZER_TEXT", "[pieces]", "PCRE2 stops with error " + std::to_string(count));
    }
    if (count < 0) break;
    const PCRE2_SIZE* found = pcre2_get_ovector_pointer(match.get());
    if (found[1] == found[0]) {  // an empty match is no piece
      at = found[1] + 1;
      continue;
    }
    if (found[0] > begin) each(text.substr(begin, found[0] - begin), false);
    each(text.substr(found[0], found[1] - found[0]), true);
    begin = at = found[1];
  }
  if (begin < text.size()) each(text.substr(begin), false);
}

}  // namespace hf
