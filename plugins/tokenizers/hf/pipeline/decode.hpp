// Decoders: how tokens become a text again.
#pragma once

#include <strata/core/config.hpp>

#include <functional>
#include <string>
#include <vector>

namespace hf {

// Changes the tokens of a text; joined one after another they are the text in the end.
using Decoder = std::function<void(std::vector<std::string>& tokens)>;

// Returns the decoders of a tokenizer.json in their order; without any, words are joined by spaces. When tokens are
// `bytes` already, a ByteLevel does nothing, and neither does a missing decoder. Throws E_TOKENIZER_COMPONENT, with the
// known types, for one of another type.
std::vector<Decoder> make_decoders(const strata::Config* json, bool bytes);

}  // namespace hf
