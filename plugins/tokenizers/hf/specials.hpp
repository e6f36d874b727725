// Which special tokens a folder of the field has, and what they are for.
#pragma once

#include <strata/text/specials.hpp>

#include <string>
#include <vector>

#include "read.hpp"

namespace hf {

// Returns the special tokens of a tokenizer: names come from tokenizer_config.json and special_tokens_map.json beside
// it, ends also from generation_config.json ("eos_token_id" may be a list) and config.json. `start` is set when the
// tokenizer puts a token before each text; special tokens without a use of their own are in `control` by their text.
strata::Specials specials_of(const HfTokens& tokens, const std::string& folder);

}  // namespace hf
