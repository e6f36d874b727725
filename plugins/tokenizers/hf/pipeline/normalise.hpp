// Normalisers: what is changed in a text before it is cut.
#pragma once

#include <strata/core/config.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hf {

// Returns a text for a text. Bytes that are not valid UTF-8 stay as they are.
using Normaliser = std::function<std::string(std::string_view)>;

// Returns the normalisers of a tokenizer.json in their order; `json` is null for none. Throws E_TOKENIZER_COMPONENT,
// with the known types, for one of another type.
std::vector<Normaliser> make_normalisers(const strata::Config* json);

}  // namespace hf
