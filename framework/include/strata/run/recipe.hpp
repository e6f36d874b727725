// Recipe: the top of a recipe, declared once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/data/dataset.hpp"
#include "strata/decode/options.hpp"
#include "strata/model/model.hpp"
#include "strata/plugin/host.hpp"
#include "strata/plugin/slot.hpp"
#include "strata/tensor/context.hpp"
#include "strata/text/tokenizer.hpp"
#include "strata/train/communicator.hpp"
#include "strata/train/metric.hpp"
#include "strata/train/trainer.hpp"

namespace strata {

// Of products; parameters and sums stay f32.
enum class Precision { f32, bf16, f16, tf32 };

struct Recipe {
  std::vector<std::string> plugins;
  std::string device = "cpu";
  Precision precision = Precision::f32;
  std::int64_t seed = 1;
  Config kernels = Config::object();
  Slot<Communicator> communicator{"single"};
  Slot<Dataset> data;
  Slot<Tokenizer> tokenizer;
  Slot<Model> model;
  Slot<Trainer> train;
  DecodeOptions decode;
  std::vector<Slot<Metric>> evaluate;

  void visit(auto& option) {
    option("plugins", plugins, "plugin files that are loaded first; others are found by name");
    option("device", device, "place of tensors and kernels: cpu, auto, a kind (cuda) or one of a kind (cuda:1)");
    option("precision", precision, "number format of products; f16 and tf32 for a GPU",
           {{"f32", Precision::f32}, {"bf16", Precision::bf16}, {"f16", Precision::f16}, {"tf32", Precision::tf32}});
    option("seed", seed, "number that decides parameters, order and dropout").min(0);
    option("kernels", kernels,
           "providers that are forced, as op -> provider (\"reference\", \"composition\", \"onednn\")");
    option("communicator", communicator, "link between the processes of a run");
    option("data", data, "source of the texts").required();
    option("tokenizer", tokenizer, "rule by which text becomes ids").required();
    option("model", model, "model that is trained").required();
    option("train", train, "method of training").required();
    option("decode", decode, "search for the outputs that validation measures");
    option("evaluate", evaluate,
           "metrics of `strata eval` (left out: those of training, and bleu and chrf where texts are written)");
  }
};

// A recipe checked, with all defaults of all components filled in.
struct CompleteRecipe {
  Recipe options;   // slots keep the places of what the user wrote
  Config complete;  // what a checkpoint holds; "plugins" as given, which a checkpoint replaces by records
};

// Loads the plugin files that `recipe` names (through `host`; E_CONFIG_RANGE when it names some and `host` is null),
// then checks and completes. "strata", the record in a checkpoint's config.json, is left out; where it stands,
// "plugins" names no files, and what it records is loaded as PluginHost::load_recorded does.
STRATA_API CompleteRecipe complete_recipe(const Config& recipe, Registry& registry, PluginHost* host);

// Sets the thread's context as the recipe says: device, precision, kernels. Stand it in a ContextScope.
STRATA_API void use_recipe(const Recipe& recipe, Registry& registry);

}  // namespace strata
