// What a tokenizer.json says about its tokens.
#pragma once

#include <strata/core/config.hpp>

#include <string>
#include <vector>

#include "pipeline/added_tokens.hpp"
#include "pipeline/model.hpp"

namespace hf {

struct HfTokens {
  ModelTokens model;
  std::vector<AddedToken> added;
  std::string start;                // text of the special token that is put before a text; empty: none
  std::string classify, separator;  // the same for BERT's processors
};

// Reads the tokens. `bytes` as in tokens_of(). Throws E_TOKENIZER_COMPONENT, with the known ones, for a model or
// post-processor of another type, and E_TOKENIZER_VOCABULARY for damaged entries; both at the place in the file.
HfTokens read_tokens(const strata::Config& json, bool bytes);

// Returns the tokenizer.json of GPT-2's vocab.json and merges.txt. Throws E_IO_READ, E_CONFIG_*.
strata::Config hf_of_gpt2(const std::string& vocabulary, const std::string& merges);

}  // namespace hf
