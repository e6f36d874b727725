// strata classify: lines in, their labels out, in order.
#include "command_line.hpp"
#include "model_options.hpp"
#include "output.hpp"
#include "plugin_options.hpp"
#include "strata/core/json.hpp"
#include "strata/run/classify_run.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct OutputOptions {
  bool json = false;
  void visit(auto& option) {
    option("json", json, "one JSON object per line: \"labels\", a list of objects with label and probability");
  }
};

std::string json_line(const std::vector<Label>& labels) {
  Config::Items items;
  for (const Label& one : labels) {
    items.push_back(Config::object({{"label", one.text}, {"probability", one.probability}}));
  }
  return write_json(Config::object({{"labels", Config::array(std::move(items))}}), 0);
}

}  // namespace

int classify(const Arguments& words) {
  std::string run, input = "-";
  ModelOptions model;
  OutputOptions output;
  ClassifyOptions options;
  PluginOptions plugin_options;
  CommandLine line("classify",
                   "Labels lines with a trained run. For each line of input it prints a line: label TAB probability.");
  line.argument("RUN", run, "run folder or checkpoint folder");
  line.optional_argument("FILE", input, "text, one sentence a line (left out, or -: standard input)");
  line.options("Model", model);
  line.options("Output", output);
  line.options("Labels", options);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;

  PluginHost plugins;
  add_plugins(plugins, plugin_options);
  const ContextScope scope;
  const LoadedModel loaded = load_model(run, model, plugins);
  if (somebody_types(input)) options.chunk = 1;
  LineClassifier classifier(*loaded.model, loaded.tokenizers, options);
  LineReader reader(input);
  classifier.classify(reader, [&, number = std::int64_t{0}](const std::vector<Label>& labels) mutable {
    write_out((output.json ? json_line(labels) : tab_separated(labels)) + "\n");
    if (++number % options.chunk == 0) flush_out();
  });
  flush_out();
  say_answered(classifier.report(), reader.warnings(), classifier.warnings());
  return 0;
}

}  // namespace strata::app
