// What validation and evaluation translate with when the caller does not say.
#pragma once

#include "strata/run/recipe.hpp"
#include "strata/run/train_run.hpp"

namespace strata::detail {

// `given`, else as recipe.decode says, else (the model is no Generator) empty.
MakeTranslate choose_translate(const MakeTranslate& given, const Recipe& recipe, Model& model);

}  // namespace strata::detail
