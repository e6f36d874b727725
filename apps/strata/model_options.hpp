// The options by which a verb loads the model of a run.
#pragma once

#include <string>

#include "strata/model/model.hpp"
#include "strata/nn/quantize.hpp"
#include "strata/run/load_model.hpp"
#include "strata/tensor/context.hpp"

namespace strata::app {

enum class Compute { recipe, f32, bf16, f16, int8 };

struct ModelOptions {
  std::string checkpoint = "best";
  std::string device;
  Compute precision = Compute::recipe;
  void visit(auto& option) {
    option("checkpoint", checkpoint, "checkpoint of the run: best, latest or checkpoint-N");
    option("device", device, "name of a device that `strata devices` lists (left out: the one in the recipe)");
    option("precision", precision,
           "number format of matrix products; recipe: as in the recipe; int8: weights in 8 bits, the rest in f32",
           {{"recipe", Compute::recipe},
            {"f32", Compute::f32},
            {"bf16", Compute::bf16},
            {"f16", Compute::f16},
            {"int8", Compute::int8}});
  }
};

inline void use_precision(const ModelOptions& options, Layer& model) {
  if (options.precision == Compute::recipe) return;
  context().compute = options.precision == Compute::bf16  ? DType::bf16
                      : options.precision == Compute::f16 ? DType::f16
                                                          : DType::f32;
  if (options.precision == Compute::int8) (void)quantize(model);
}

// Sets the context, too: as the recipe says, then the precision asked for.
inline LoadedModel load_model(const std::string& run, const ModelOptions& options, PluginHost& plugins) {
  LoadedModel loaded = strata::load_model(run, options.checkpoint, {default_registry(), &plugins, options.device});
  use_precision(options, *loaded.model);
  return loaded;
}

}  // namespace strata::app
