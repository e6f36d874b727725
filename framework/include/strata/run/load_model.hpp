// load_model, save_model: a model with its tokenizers from a run or checkpoint folder, and into one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/model/model.hpp"
#include "strata/plugin/host.hpp"
#include "strata/run/recipe.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata {

// All that a verb needs of a trained model.
struct LoadedModel {
  std::shared_ptr<Model> model;  // materialised on the context's device, parameters as saved
  Tokenizers tokenizers;         // as saved
  Recipe recipe;                 // with slots that can be made
  Config config;                 // the completed recipe
  std::string folder;            // the checkpoint
};

// Where components come from, and where the model runs.
struct Host {
  Registry& registry = default_registry();  // makes them
  PluginHost* plugins = nullptr;            // loads what a recipe names and a checkpoint records
  std::string device = {};                  // as a recipe names it; empty: the recipe's
};

// path: a run folder (then `which`: "best", "latest" or "checkpoint-N") or a checkpoint folder. Sets the context as the
// recipe says (use_recipe). Throws E_CHECKPOINT_*; plugins that the model uses and that are not what they were when it
// was trained are one warning in the log.
STRATA_API LoadedModel load_model(const std::string& path, std::string_view which = "best", const Host& host = {});

// Writes the model, as it is now, with its tokenizers and recipe into the checkpoint folder `output`. Throws what
// save_checkpoint does.
STRATA_API void save_model(const LoadedModel& model, const std::string& output);

// The tokenizers of a recipe as a checkpoint keeps them.
STRATA_API Tokenizers load_tokenizers(const Recipe& recipe, const std::string& folder);

}  // namespace strata
