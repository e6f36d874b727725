// What a training writes its samples with.
#pragma once

#include <memory>

#include "strata/data/feed.hpp"
#include "strata/model/model.hpp"
#include "strata/run/recipe.hpp"
#include "strata/train/samples.hpp"

namespace strata::detail {

// Returns a function that writes as `strata generate` or `strata translate` does, whichever fits the model, with the
// seed of the recipe; an empty function when neither does. feed: makes batches of prompts.
WriteSamples choose_sample_writer(const Recipe& recipe, const std::shared_ptr<Model>& model,
                                  const std::shared_ptr<const Feed>& feed, const Tokenizers& tokenizers);

}  // namespace strata::detail
