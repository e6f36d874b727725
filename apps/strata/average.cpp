// strata average: the mean of checkpoints as one of its own.
#include "strata/run/average.hpp"
#include "command_line.hpp"
#include "plugin_options.hpp"
#include "strata/core/error.hpp"
#include "strata/core/log.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct AverageOptions {
  std::int64_t last = 5;
  std::string output;
  void visit(auto& option) {
    option("last", last, "number of checkpoints that are taken from each run folder, the newest ones")
        .range(1, 1 << 20);
    option("output", output, "checkpoint folder to write");
  }
};

}  // namespace

int average(const Arguments& words) {
  std::vector<std::string> given, folders;
  AverageOptions options;
  PluginOptions plugin_options;
  CommandLine line("average", "Writes a checkpoint with the mean of the weights of several checkpoints.");
  line.arguments("RUN", given, "run folders or checkpoint folders");
  line.options("Mean", options);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;
  if (given.empty()) throw Error("E_USAGE", "average", "RUN is missing", "a run folder, or checkpoint folders");
  require_output("average", options.output);

  PluginHost plugins;
  add_plugins(plugins, plugin_options);
  for (const std::string& path : given) {
    for (std::string& folder : checkpoints_to_average(path, options.last)) folders.push_back(std::move(folder));
  }
  average_checkpoints(folders, options.output, {default_registry(), &plugins});
  log_info("the mean of " + std::to_string(folders.size()) + " checkpoints is in " + options.output);
  return 0;
}

}  // namespace strata::app
