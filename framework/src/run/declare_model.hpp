// declare_model: a checkpoint's model before it is materialised.
#pragma once

#include <memory>
#include <string>

#include "strata/model/model.hpp"
#include "strata/run/recipe.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata::detail {

// The recipe's model: its names and shapes are those of the weights in the checkpoint `folder`. Throws as
// load_parameters does.
std::shared_ptr<Model> declare_model(const Recipe& recipe, const Tokenizers& tokenizers, const std::string& folder);

}  // namespace strata::detail
