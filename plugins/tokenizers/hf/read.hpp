// What a tokenizer.json of byte-level byte pairs says.
#pragma once

#include <strata/core/config.hpp>
#include <strata/text/vocabulary.hpp>

#include <string>
#include <utility>
#include <vector>

#include "learn.hpp"
#include "normalise.hpp"

namespace byte_bpe {

struct AddedToken {
  std::string text;
  std::int32_t id = 0;
  bool special = false;
};

struct HfTokenizer {
  Normal normal = Normal::none;
  bool byte_level = false;            // the pre-tokeniser has ByteLevel
  bool prefix_space = false;          // a space is put before a text that does not begin with one
  std::vector<std::string> patterns;  // each cuts the pieces of the one before
  bool whole_first = false;           // a piece that is a token is that token, whatever merges would make of it
  std::vector<std::pair<std::string, std::int32_t>> tokens;  // bytes and ids of the model's vocabulary
  std::vector<Merge> merges;
  std::vector<AddedToken> added;
  std::string start;  // text of the special token that is put before a text; empty: none
};

// Reads a tokenizer.json. Throws E_TOKENIZER_COMPONENT, with the known ones, for a normaliser, pre-tokeniser, model,
// decoder or post-processor that byte-level byte pairs do not have, and E_TOKENIZER_VOCABULARY for tokens that are no
// characters of bytes and for damaged entries; both at the place in the file.
HfTokenizer read_hf(const strata::Config& json);
// Returns the tokenizer.json of GPT-2's vocab.json and merges.txt. Throws as read_hf() does.
strata::Config hf_of_gpt2(const std::string& vocabulary, const std::string& merges);

}  // namespace byte_bpe
