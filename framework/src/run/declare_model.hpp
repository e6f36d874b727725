// declare_model: a checkpoint's model before it is materialised.
#pragma once

#include <memory>
#include <string>

#include "strata/model/model.hpp"
#include "strata/run/recipe.hpp"

namespace strata::detail {

// Returns the recipe's model, after comparing its names and shapes with the weights in the checkpoint `folder`. Throws
// as load_parameters does.
std::shared_ptr<Model> declare_model(const Recipe& recipe, const Sizes& sizes, const std::string& folder);

}  // namespace strata::detail
