// strata import: a published checkpoint of another program as a checkpoint of Strata.
#include "command_line.hpp"
#include "plugin_options.hpp"
#include "strata/core/log.hpp"
#include "strata/run/field_run.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct ImportOptions {
  std::string output;
  void visit(auto& option) { option("output", output, "checkpoint folder to write"); }
};

}  // namespace

int import_model(const Arguments& words) {
  std::string folder;
  ImportOptions options;
  PluginOptions plugin_options;
  CommandLine line("import",
                   "Writes a checkpoint with the model of a published one (config.json, model.safetensors, ...).");
  line.argument("FOLDER", folder, "folder with config.json, weights in safetensors and the files of the tokenizer");
  line.options("Import", options);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;
  require_output("import", options.output);

  PluginHost plugins;
  add_plugins(plugins, plugin_options);
  const FieldReport report = import_run(folder, options.output, {default_registry(), &plugins});
  log_info(std::to_string(report.parameters) + " parameters in " + std::to_string(report.tensors) +
           " tensors of the family " + report.family + " are in " + options.output);
  return 0;
}

}  // namespace strata::app
