// strata train: from a recipe to a run folder; the same command again goes on where it stopped.
#include <unistd.h>
#include <filesystem>
#include <iostream>

#include "command_line.hpp"
#include "output.hpp"
#include "plugin_options.hpp"
#include "strata/core/error.hpp"
#include "strata/core/interrupt.hpp"
#include "strata/core/json.hpp"
#include "strata/core/log.hpp"
#include "strata/observe/observers.hpp"
#include "strata/run/train_run.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct TrainOptions {
  std::string output, log_jsonl, tensorboard;
  std::vector<std::string> set;
  std::optional<std::int64_t> seed;
  bool dump_config = false;
  void visit(auto& option) {
    option("output", output, "run folder, which is made if it is missing; a run in it is resumed");
    option("set", set, "path=value that replaces a value of the recipe, such as train.max_updates=2000");
    option("seed", seed, "seed that replaces the one in the recipe").min(0);
    option("log_jsonl", log_jsonl, "file to which every report is appended as a line with one JSON object");
    option("tensorboard", tensorboard, "folder for TensorBoard event files");
    option("dump_config", dump_config, "recipe with all defaults on standard output, instead of training");
  }
};

// "path=value"
void apply_set(Config& recipe, const std::string& change) {
  const std::size_t equals = change.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error("E_USAGE", "train --set", "'" + printable(change) + "' is not path=value",
                "as in --set train.max_updates=2000");
  }
  recipe.set(change.substr(0, equals), change.substr(equals + 1));
}

void make_folder(const std::string& folder) {
  std::error_code fault;
  std::filesystem::create_directories(folder, fault);
  if (fault) throw Error("E_IO_WRITE", folder, "cannot be made: " + fault.message());
}

}  // namespace

int train(const Arguments& words) {
  std::string recipe_file;
  TrainOptions options;
  PluginOptions plugin_options;
  CommandLine line("train", "Trains the model that RECIPE describes and writes it to a run folder.");
  line.argument("RECIPE", recipe_file, "JSON file with data, tokenizer, model and train");
  line.options("Training", options);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;
  if (options.output.empty() && !options.dump_config) {
    throw Error("E_USAGE", "train", "--output RUN is missing", "it names the folder that the run is written to");
  }

  Config recipe = read_json(recipe_file);
  for (const std::string& change : options.set) apply_set(recipe, change);
  if (options.seed) recipe.set("seed", std::to_string(*options.seed), "--seed");
  PluginHost plugins;
  add_plugins(plugins, plugin_options);
  const Host host{default_registry(), &plugins};
  if (options.dump_config) {
    write_out(write_json(complete_recipe(recipe, host.registry, host.plugins).complete) + "\n");
    return 0;
  }

  Observers observers;
  if (log_level() >= LogLevel::info) observers.add(make_console_observer(std::cerr, console_style(STDERR_FILENO)));
  observers.add(make_curve_observer(options.output + "/learning_curve.svg"));
  if (!options.log_jsonl.empty() || !options.tensorboard.empty()) make_folder(options.output);  // they may lie in it
  if (!options.log_jsonl.empty()) observers.add(make_json_lines_observer(options.log_jsonl));
  if (!options.tensorboard.empty()) observers.add(make_tensorboard_observer(options.tensorboard));
  install_interrupt_handlers();
  train_run(recipe, {options.output, &observers, {}}, host);
  return 0;
}

}  // namespace strata::app
