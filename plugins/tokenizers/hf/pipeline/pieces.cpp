// Pieces by PCRE2.
#define PCRE2_CODE_UNIT_WIDTH 8
#include "pieces.hpp"

#include <pcre2.h>
#include <strata/core/error.hpp>

#include <cctype>

namespace byte_bpe {

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
  pcre2_code* made = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                                   PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF, &error, &offset, nullptr);
  if (made == nullptr) {
    PCRE2_UCHAR message[160];
    pcre2_get_error_message(error, message, sizeof message);
    throw strata::Error("E_TOKENIZER_PATTERN", place,
                        std::string(reinterpret_cast<const char*>(message)) + " at offset " + std::to_string(offset) +
                            " of '" + strata::printable(pattern, 80) + "'");
  }
  pcre2_jit_compile(made, PCRE2_JIT_COMPLETE);  // without it, matching is slower and the same
  code_ = std::make_unique<Code>(made);
}

Pieces::~Pieces() = default;
Pieces::Pieces(Pieces&&) noexcept = default;

void Pieces::for_each(std::string_view text, const PieceFunction& each) const {
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
    if (found[0] > begin) each(text.substr(begin, found[0] - begin));
    each(text.substr(found[0], found[1] - found[0]));
    begin = at = found[1];
  }
  if (begin < text.size()) each(text.substr(begin));
}

}  // namespace byte_bpe
