// Ranks of tiktoken: a line has a token in base64, a space and its id.
#pragma once

#include <strata/core/config.hpp>

#include <string>

namespace hf {

enum class Pattern { none, gpt2, cl100k, qwen2 };

// Returns the tokenizer.json of a file of ranks, whose pieces are those of a named pattern: ids are ranks, and the
// merge that makes a token joins the two parts that earlier ranks make of it. Throws E_TOKENIZER_VOCABULARY with
// file:line for lines that are no base64 and rank and for tokens that come twice, E_CONFIG_MISSING without a pattern,
// and E_IO_READ.
strata::Config hf_of_tiktoken(const std::string& path, Pattern pattern);

}  // namespace hf
