// matched_rows: which parameters have a row for each token, and which rows of another model they get.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "run/initial_values.hpp"
#include "strata/checkpoint/bound_weights.hpp"
#include "strata/run/init.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata::detail {

// The rows of the tokens of one vocabulary.
struct MatchedRows {
  std::string vocabulary;               // name in Tokenizers
  std::vector<std::string> parameters;  // those whose axis 0 are the ids of the vocabulary
  RowMatch match;                       // rows of the source
  std::int64_t shared = 0;              // number of tokens that the source has
};

// Compares each vocabulary of a new model with the source's one of the same name, or its only one. Special tokens are
// the same when they are for the same, other tokens when their bytes are equal. Throws E_CONFIG_RANGE when the source
// has several vocabularies and none of the name.
std::vector<MatchedRows> matched_rows(const NewModel& now, const Tokenizers& source, const InitOptions& options);

// Returns, for each id of `now`, the id of the same token in `source`, or -1.
std::vector<std::int64_t> same_tokens(const Vocabulary& now, const Vocabulary& source);

}  // namespace strata::detail
