// load_model, save_model: read a model with its tokenizers from a run or checkpoint folder, and write one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strata/checkpoint/checkpoint.hpp"
#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/run/host.hpp"
#include "strata/run/recipe.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata {

class Model;

// A trained model and everything that belongs to it.
struct LoadedModel {
  std::shared_ptr<Model> model;       // model with the saved parameters, on the device of the context
  Tokenizers tokenizers;              // saved tokenizers
  std::shared_ptr<Feed> feed;         // feed of the recipe, without data: it makes batches of what a user gives
  Recipe recipe;                      // recipe, whose slots can make components
  Config config;                      // completed recipe
  std::string folder;                 // checkpoint folder, or folder of a published checkpoint
  Config saved_feed;                  // what the feed saved (Feed::saved)
  std::vector<PluginInfo> plugins;    // plugins with which the model was made
  std::vector<CheckpointFile> files;  // further files, such as generation_config.json and a chat template
};

// Loads a model. `path` is a checkpoint folder, a run folder of which `which` chooses the checkpoint ("best", "latest"
// or "checkpoint-N"), or a folder of the field with a config.json that a component weight_names reads. Sets the context
// as the recipe says (use_recipe). Logs one warning when plugins of the model are not the same as at training. Throws
// E_CHECKPOINT_*, and what complete_recipe() throws; of a folder of the field also what Weights() and BoundWeights()
// throw.
STRATA_API LoadedModel load_model(const std::string& path, std::string_view which = "best", const Host& host = {});

// Writes the present state of the model with its tokenizers and recipe to the checkpoint folder `output`. Throws what
// save_checkpoint() throws.
STRATA_API void save_model(const LoadedModel& model, const std::string& output);

// Loads the tokenizers of a recipe from a checkpoint folder.
STRATA_API Tokenizers load_tokenizers(const Recipe& recipe, const std::string& folder, Registry& registry);

}  // namespace strata
