// strata generate: prompts in, texts that go on with them out, in order.
#include "command_line.hpp"
#include "model_options.hpp"
#include "output.hpp"
#include "plugin_options.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/data/line_reader.hpp"
#include "strata/run/generate_run.hpp"
#include "strata/text/one_line.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct PromptOptions {
  std::string prompt;
  bool json = false;
  void visit(auto& option) {
    option("prompt", prompt, "prompt, in place of those in FILE");
    option("json", json, "one JSON object for each output: text, ids, finish_reason");
  }
};

// A line of JSONL is an object with "prompt"; any other line is a prompt itself.
std::string prompt_of(const std::string& line, const std::string& place, bool jsonl) {
  return jsonl ? parse_json(line, place).at("prompt").string() : line;
}

}  // namespace

int generate(const Arguments& words) {
  std::string run, input = "-";
  ModelOptions model;
  PromptOptions options;
  GenerateOptions generation;
  PluginOptions plugin_options;
  CommandLine line("generate", "Goes on with prompts. For each output it prints the text without its prompt.");
  line.argument("RUN", run, "run folder or checkpoint folder");
  line.optional_argument("FILE", input,
                         "prompts, one a line, or a file NAME.jsonl with \"prompt\" (left out, or -: standard input)");
  line.options("Model", model);
  line.options("Prompt and output", options);
  line.options("Generation", generation);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;
  if (!options.prompt.empty() && input != "-") {
    throw Error("E_USAGE", "generate", "both --prompt and FILE are given", "give one of the two");
  }

  PluginHost plugins;
  add_plugins(plugins, plugin_options);
  const ContextScope scope;
  const LoadedModel loaded = load_model(run, model, plugins);
  TextWriter writer(loaded, generation);
  std::int64_t number = 0;
  const auto answer = [&](const std::vector<std::string>& prompts) {
    for (const auto& outputs : writer.generate(prompts, number)) {
      for (const Generation& one : outputs) {
        const std::string text = options.prompt.empty() ? one_line(one.text) : one.text;
        write_out((options.json ? generation_json(one) : text) + "\n");
      }
    }
    number += static_cast<std::int64_t>(prompts.size());
    flush_out();
  };
  if (!options.prompt.empty()) {
    answer({options.prompt});
    return 0;
  }
  const bool jsonl = input.size() > 6 && input.compare(input.size() - 6, 6, ".jsonl") == 0;
  const std::size_t chunk = somebody_types(input) ? 1 : static_cast<std::size_t>(generation.batch_size);
  LineReader reader(input);
  std::vector<std::string> prompts;
  for (std::string text; reader.next(text);) {
    prompts.push_back(prompt_of(text, reader.place(), jsonl));
    if (prompts.size() < chunk && !reader.drained()) continue;
    answer(prompts);
    prompts.clear();
  }
  answer(prompts);
  return 0;
}

}  // namespace strata::app
