// strata quantize: a checkpoint whose weights are in 8 bits.
#include "strata/nn/quantize.hpp"

#include <cstdio>

#include "command_line.hpp"
#include "plugin_options.hpp"
#include "strata/checkpoint/output_folder.hpp"
#include "strata/core/error.hpp"
#include "strata/core/log.hpp"
#include "strata/model/model.hpp"
#include "strata/run/load_model.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct QuantizeOptions {
  std::string checkpoint = "best", output;
  void visit(auto& option) {
    option("checkpoint", checkpoint, "checkpoint of the run: best, latest or checkpoint-N");
    option("output", output, "checkpoint folder to write");
  }
};

}  // namespace

int quantize(const Arguments& words) {
  std::string run;
  QuantizeOptions options;
  PluginOptions plugin_options;
  CommandLine line(
      "quantize",
      "Writes a checkpoint with weights in 8 bits, a quarter of the size. It can be used, but not trained further.");
  line.argument("RUN", run, "run folder or checkpoint folder");
  line.options("Quantization", options);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;
  require_output("quantize", options.output);
  require_output_folder(options.output);

  PluginHost plugins;
  add_plugins(plugins, plugin_options);
  const ContextScope scope;
  const LoadedModel loaded = load_model(run, options.checkpoint, {default_registry(), &plugins});
  const Quantized done = strata::quantize(*loaded.model);
  if (done.parameters == 0) {
    throw Error("E_CHECKPOINT_QUANTIZED", loaded.folder, "no weight of this model can be held in 8 bits",
                "only those that a Linear or an Embedding reads can");
  }
  save_model(loaded, options.output);
  char sizes[80];
  std::snprintf(sizes, sizeof sizes, "%.1f MB instead of %.1f", static_cast<double>(done.bytes_after) * 1e-6,
                static_cast<double>(done.bytes_before) * 1e-6);
  log_info(std::to_string(done.parameters) + " weights in 8 bits, " + sizes + ", are in " + options.output);
  return 0;
}

}  // namespace strata::app
