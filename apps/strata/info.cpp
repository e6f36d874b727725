// strata info: what a run, a folder or a file of weights is.
#include "command_line.hpp"
#include "output.hpp"
#include "plugin_options.hpp"
#include "strata/core/json.hpp"
#include "strata/run/info_run.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct InfoOptions {
  std::string checkpoint = "best";
  bool json = false;
  void visit(auto& option) {
    option("checkpoint", checkpoint, "checkpoint of the run: best, latest or checkpoint-N");
    option("json", json, "switch for a JSON object instead of lines");
  }
};

}  // namespace

int info(const Arguments& words) {
  std::string path;
  InfoOptions options;
  PluginOptions plugin_options;
  CommandLine line("info",
                   "Describes a model: architecture, sizes, formats, context, tokens, and the memory it needs.");
  line.argument("RUN", path, "run folder, checkpoint folder, folder of a published checkpoint, or safetensors file");
  line.options("Description", options);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;

  PluginHost plugins;
  add_plugins(plugins, plugin_options);
  const Config about = info_run(path, options.checkpoint, {default_registry(), &plugins});
  write_out(options.json ? write_json(about) : info_text(about));
  return 0;
}

}  // namespace strata::app
