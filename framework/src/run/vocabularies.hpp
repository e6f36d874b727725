// The feed and the vocabularies of a recipe: made, learnt from data, or loaded.
#pragma once

#include <memory>
#include <string>

#include "strata/data/feed.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/recipe.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata::detail {

// Makes untrained tokenizers for the vocabularies that a feed needs: that of the recipe, and those that the feed
// chooses itself. Throws E_CONFIG_MISSING when the recipe has no tokenizer and the feed needs it.
Tokenizers make_tokenizers(const Recipe& recipe, const Feed& feed, Registry& registry);

// The same, learnt from the texts of a split. The split is read once for each tokenizer, so that no text stays in
// memory.
Tokenizers learn_tokenizers(const Recipe& recipe, const Feed& feed, const Dataset& dataset, const std::string& split,
                            Registry& registry);

}  // namespace strata::detail
