// Recipe: the top-level options of a recipe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/data/dataset.hpp"
#include "strata/data/feed.hpp"
#include "strata/decode/options.hpp"
#include "strata/plugin/host.hpp"
#include "strata/plugin/slot.hpp"
#include "strata/run/init.hpp"
#include "strata/tensor/context.hpp"
#include "strata/text/tokenizer.hpp"
#include "strata/train/communicator.hpp"
#include "strata/train/metric.hpp"
#include "strata/train/trainer.hpp"

namespace strata {

class Model;

// The name of the role of models, whose class is only declared here.
template <>
struct RoleName<Model> {
  static constexpr std::string_view value = "model";
};

// The number format of matrix products; parameters and sums stay f32.
enum class Precision { f32, bf16, f16, tf32 };

struct Recipe {
  std::vector<std::string> plugins;
  std::string device = "cpu";
  Precision precision = Precision::f32;
  std::int64_t seed = 1;
  Config kernels = Config::object();
  Slot<Communicator> communicator{"single"};
  Slot<Dataset> data;
  Slot<Feed> feed;
  Slot<Tokenizer> tokenizer;
  Slot<Model> model;
  Slot<Trainer> train;
  DecodeOptions decode;
  std::vector<InitOptions> init;
  std::vector<Slot<Metric>> evaluate;

  void visit(auto& option) {
    option("plugins", plugins,
           "plugin files that are loaded first; installed plugins are found by the names of their components");
    option("device", device, "device of tensors and kernels: cpu, auto, a kind (cuda) or one of a kind (cuda:1)");
    option("precision", precision, "number format of matrix products; f16 and tf32 need a GPU",
           {{"f32", Precision::f32}, {"bf16", Precision::bf16}, {"f16", Precision::f16}, {"tf32", Precision::tf32}});
    option("seed", seed, "seed of initial parameters, order of the data and dropout").min(0);
    option("kernels", kernels,
           "forced kernel providers, an object from op to provider (\"reference\", \"composition\", \"onednn\")");
    option("communicator", communicator, "link between the processes of a run");
    option("data", data, "dataset of the run; required for training");
    option("feed", feed, "feed, which makes batches of the data (left out: the one that the model expects)");
    option("tokenizer", tokenizer, "tokenizer, which turns text into ids; required when the feed has texts");
    option("model", model, "model that is trained").required();
    option("train", train, "trainer and its options; required for training");
    option("init", init, "sources of initial values; of those that have a parameter the last one counts");
    option("decode", decode, "options of the search by which validation and evaluation write outputs");
    option("evaluate", evaluate,
           "metrics of `strata eval` (left out: those of training, and bleu and chrf when the model writes texts)");
  }
};

// A recipe that was checked and completed with the defaults of all components.
struct CompleteRecipe {
  Recipe options;   // options; the slots keep the places of the user's values
  Config complete;  // completed recipe for a checkpoint; "plugins" has the given file names, which a checkpoint
                    // replaces by records
};

// Loads the plugins that `recipe` names, then checks and completes it. The feed that the model expects is filled in
// where the recipe names none; options that earlier versions had in another place are moved (train_run() warns
// of them). `host` loads the plugins; when it is null and the recipe names plugins, this throws E_CONFIG_RANGE. A
// member "strata" marks the config.json of a checkpoint: it is removed, and "plugins" then has records instead of file
// names, which are loaded with PluginHost::load_recorded(). Throws E_CONFIG_* and E_PLUGIN_*.
STRATA_API CompleteRecipe complete_recipe(const Config& recipe, Registry& registry, PluginHost* host);

// Sets device, precision and kernels of this thread's context as the recipe says. Call it inside a ContextScope, which
// restores the context.
STRATA_API void use_recipe(const Recipe& recipe, Registry& registry);

}  // namespace strata
