// Alignments of words instead of tokens. Private to libstrata.
#pragma once

#include <cstdint>
#include <vector>

#include "strata/report/alignment.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata::detail {

// `tokens` is the alignment of the ids of both sides, each perhaps with </s> behind them. A word is a run of tokens
// that Tokenizer::joins() puts together; </s> stays alone.
Alignment align_words(const Alignment& tokens, const std::vector<std::int32_t>& source,
                      const std::vector<std::int32_t>& target, const Tokenizers& tokenizers);

}  // namespace strata::detail
