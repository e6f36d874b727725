// Pre-tokenisers: how a text is cut into pieces that a model takes one by one.
#pragma once

#include <strata/core/config.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hf {

// Receives a piece; `first` when it begins where the whole text does.
using CutFunction = std::function<void(std::string_view piece, bool first)>;
// Cuts a piece, and may change it.
using PreTokeniser = std::function<void(std::string_view piece, bool first, const CutFunction& each)>;

// Returns the pre-tokenisers of a tokenizer.json in their order, each of which cuts the pieces of the one before;
// `json` is null for none. Where `bytes` is true, a ByteLevel at the end leaves bytes as they are, and the model's
// tokens are bytes; without one `bytes` becomes false, and tokens are characters. Throws E_TOKENIZER_COMPONENT, with
// the known types, for one of another type.
std::vector<PreTokeniser> make_pre_tokenisers(const strata::Config* json, bool& bytes);

}  // namespace hf
