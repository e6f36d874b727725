// read_tokenizers: a trained run's tokenizers without its weights.
#pragma once

#include <string>
#include <string_view>

#include "strata/core/export.hpp"
#include "strata/run/load_model.hpp"

namespace strata {

// The tokenizers alone of what load_model loads; the model's names and shapes are compared with the weights all the
// same. Throws what load_model does.
STRATA_API Tokenizers read_tokenizers(const std::string& path, std::string_view which = "best", const Host& host = {});

}  // namespace strata
