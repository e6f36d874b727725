// strata export: a trained model as a folder that other programs read.
#include "command_line.hpp"
#include "plugin_options.hpp"
#include "strata/core/log.hpp"
#include "strata/run/field_run.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct ExportOptions {
  std::string checkpoint = "best", output;
  void visit(auto& option) {
    option("checkpoint", checkpoint, "checkpoint of the run: best, latest or checkpoint-N");
    option("output", output, "folder to write, which is missing or empty");
  }
};

}  // namespace

int export_model(const Arguments& words) {
  std::string run;
  ExportOptions options;
  PluginOptions plugin_options;
  CommandLine line("export",
                   "Writes config.json, model.safetensors and the files of the tokenizer for other programs.");
  line.argument("RUN", run, "run folder or checkpoint folder");
  line.options("Export", options);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;
  require_output("export", options.output);

  PluginHost plugins;
  add_plugins(plugins, plugin_options);
  const FieldReport report = export_run(run, options.checkpoint, options.output, {default_registry(), &plugins});
  log_info(std::to_string(report.parameters) + " parameters in the form of the family " + report.family + " are in " +
           options.output);
  return 0;
}

}  // namespace strata::app
