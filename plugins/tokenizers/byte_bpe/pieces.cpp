// Pieces by PCRE2.
#define PCRE2_CODE_UNIT_WIDTH 8
#include "pieces.hpp"

#include <pcre2.h>
#include <strata/core/error.hpp>

#include <memory>

namespace byte_bpe {
namespace {

constexpr const char* kPattern = R"('(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

struct Free {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

const pcre2_code* compiled() {
  static const std::unique_ptr<pcre2_code, Free> code = [] {
    int error = 0;
    PCRE2_SIZE offset = 0;
    std::unique_ptr<pcre2_code, Free> made(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(kPattern), PCRE2_ZERO_TERMINATED,
                                                         PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF, &error,
                                                         &offset, nullptr));
    if (!made) throw strata::Error("E_INTERNAL", "[byte_bpe]", "PCRE2 does not compile the pattern of the pieces");
    pcre2_jit_compile(made.get(), PCRE2_JIT_COMPLETE);  // without it, matching is slower and the same
    return made;
  }();
  return code.get();
}

}  // namespace

void for_each_piece(std::string_view text, const std::function<void(std::string_view)>& each) {
  const pcre2_code* code = compiled();
  thread_local const std::unique_ptr<pcre2_match_data, Free> match(pcre2_match_data_create(1, nullptr));
  for (std::size_t at = 0; at < text.size();) {
    const int count =
        pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), at, 0, match.get(), nullptr);
    if (count < 0) {
      if (count == PCRE2_ERROR_NOMATCH) return each(text.substr(at));
      throw strata::Error("E_TOKENIZER_TEXT", "[byte_bpe]", "PCRE2 stops with error " + std::to_string(count));
    }
    const PCRE2_SIZE* found = pcre2_get_ovector_pointer(match.get());
    if (found[0] > at) each(text.substr(at, found[0] - at));  // bytes that are no UTF-8
    each(text.substr(found[0], found[1] - found[0]));
    at = found[1];
  }
}

}  // namespace byte_bpe
