// The verbs that answer, one for each answerer: examples in, their answers out, in order.
#include <chrono>
#include <optional>

#include "command_line.hpp"
#include "model_options.hpp"
#include "output.hpp"
#include "plugin_options.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/answer_run.hpp"
#include "strata/text/one_line.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct InputOptions {
  std::optional<std::string> prompt;
  std::string split;
  bool json = false;
  void visit(auto& option) {
    option("prompt", prompt, "text to answer, in place of those in FILE");
    option("split", split, "split of the data of the run whose examples are answered, in place of FILE");
    option("json", json, "one JSON object for each answer");
  }
};

// The examples, of which there is one source alone.
std::unique_ptr<ExampleSource> open(const InputOptions& options, const std::string& file, const LoadedModel& loaded,
                                    const Answerer& answerer) {
  if (options.prompt) return single_example(*options.prompt, answerer.fields());
  if (!options.split.empty()) return split_examples(loaded, options.split, answerer.fields());
  return example_lines(file, answerer.fields());
}

// A text of its own keeps its line ends; among others each answer is a line.
std::string shown(const Answer& answer, const InputOptions& options) {
  if (options.json) return write_json(answer.json, 0);
  if (!answer.line.empty()) return answer.line;
  return options.prompt ? answer.text : one_line(answer.text);
}

}  // namespace

bool has_answerer(const std::string& verb, const Arguments& words, PluginHost& plugins) {
  register_answerers(default_registry());
  if (default_registry().registered(Answerer::kRole, verb)) return true;
  add_plugins(plugins, plugin_options_in(words));
  const auto known = [&] { return default_registry().has(Answerer::kRole, verb); };
  for (std::size_t i = 0; !known() && i < words.size(); ++i) {
    if (!words[i].starts_with("-")) (void)load_plugins_of(words[i], {default_registry(), &plugins});
  }
  return known();
}

int answer(const std::string& verb, const Arguments& words, PluginHost& plugins) {
  Registry& registry = default_registry();
  const bool builtin = registry.registered(Answerer::kRole, verb);  // else the plugins are there already
  const ComponentInfo component = registry.component(Answerer::kRole, verb);
  std::string run, input = "-";
  ModelOptions model;
  InputOptions options;
  Config spec;
  PluginOptions plugin_options;
  CommandLine line(verb, component.description);
  line.argument("RUN", run, "run folder or checkpoint folder");
  line.optional_argument("FILE", input,
                         "examples: a text a line, or a JSON object a line with the fields of an example, always in "
                         "NAME.jsonl (left out, or -: standard input)");
  line.options("Model", model);
  line.options("Input and output", options);
  if (!component.options.empty()) line.component("Answers", component, spec);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;
  const int inputs = (input != "-" ? 1 : 0) + (options.prompt ? 1 : 0) + (options.split.empty() ? 0 : 1);
  if (inputs > 1)
    throw Error("E_USAGE", verb, "more than one of FILE, --prompt and --split is given", "give one of them");

  if (builtin) add_plugins(plugins, plugin_options);
  const ContextScope scope;
  const LoadedModel loaded = load_model(run, model, plugins);
  const std::shared_ptr<Answerer> answerer = make_answerer(spec.is_null() ? Config(verb) : spec, loaded, registry);
  const std::unique_ptr<ExampleSource> source = open(options, input, loaded, *answerer);
  const std::int64_t chunk = somebody_types(input) ? 1 : answerer->chunk();
  const auto start = std::chrono::steady_clock::now();
  std::int64_t number = 0;
  const std::int64_t count = answer_all(*answerer, *source, chunk, [&](const std::vector<Answer>& answers) {
    for (const Answer& one : answers) write_out(shown(one, options) + "\n");
    if (++number % chunk == 0) flush_out();
  });
  flush_out();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!options.prompt) say_answered(count, seconds, source->warnings(), answerer->warnings());
  return 0;
}

}  // namespace strata::app
