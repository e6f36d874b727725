// read_tokenizers: loads the tokenizers of a trained run without its weights.
#pragma once

#include <string>
#include <string_view>

#include "strata/core/export.hpp"
#include "strata/run/load_model.hpp"

namespace strata {

// Loads only the tokenizers that load_model() would load. The names and shapes of the model's parameters are still
// compared with those in the checkpoint. Throws what load_model() throws.
STRATA_API Tokenizers read_tokenizers(const std::string& path, std::string_view which = "best", const Host& host = {});

}  // namespace strata
