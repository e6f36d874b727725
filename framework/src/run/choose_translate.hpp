// What validation and evaluation write texts with when the caller does not say.
#pragma once

#include "strata/run/recipe.hpp"
#include "strata/run/train_run.hpp"

namespace strata::detail {

// `given`, else make_translate as recipe.decode says; an empty function when the model writes no texts.
TranslateLines choose_translate(const MakeTranslate& given, const Recipe& recipe, Model& model,
                                const Tokenizers& tokenizers);

}  // namespace strata::detail
