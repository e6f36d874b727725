// strata eval: the metrics of a run on one split of its data, or figures of a text or of questions with choices.
#include "command_line.hpp"
#include "model_options.hpp"
#include "output.hpp"
#include "plugin_options.hpp"
#include "strata/checkpoint/run_folder.hpp"
#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/core/interrupt.hpp"
#include "strata/core/json.hpp"
#include "strata/core/log.hpp"
#include "strata/data/dataset.hpp"
#include "strata/model/model.hpp"
#include "strata/run/evaluate_choices.hpp"
#include "strata/run/evaluate_text.hpp"
#include "strata/run/translate_run.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct EvalOptions : ModelOptions {
  std::string split = "test", output;
  std::vector<std::string> metric;
  bool overlap = false, json = false;
  void visit(auto& option) {
    option("split", split, "split of the run's data that is measured");
    ModelOptions::visit(option);
    option("metric", metric, "metric to measure instead of those of the recipe, such as bleu");
    option("overlap", overlap,
           "number of source lines of the split that also occur in the training data, printed in addition");
    option("output", output, "file for the outputs, one a line");
    option("json", json,
           "one JSON object per metric, with the fields metric, score and signature; for a text or questions, one "
           "object with all figures");
  }
};

struct GivenOptions {
  std::string text, choices;
  std::int64_t context = 0, stride = 0;
  ContextPolicy policy = ContextPolicy::error;
  void visit(auto& option) {
    option("text", text,
           "text file to measure in place of a split, with a language model: perplexity, bits per byte and per word");
    option("context", context,
           "number of tokens that a window of the text reads (0: the longest context of the model; one that carries "
           "state reads the whole text with it)")
        .min(0);
    option("stride", stride,
           "number of tokens that a window of the text counts, after context - stride others (0: half of the context)")
        .min(0);
    option("choices", choices,
           "file of questions to answer in place of a split: a JSON object a line with prompt, choices and answer (an "
           "index from 0, or the text of a choice)");
    context_policy_option(
        option, policy,
        "treatment of a prompt and choice that are longer than the context of the model: an error, or "
        "the oldest tokens left out");
  }
};

void print_metric(const EvalOptions& options, const std::string& name, double score, const std::string& signature) {
  const Config object = Config::object({{"metric", name}, {"score", score}, {"signature", signature}});
  write_out(options.json ? write_json(object, 0) + "\n"
                         : name + " " + rounded(score) + (signature.empty() ? "" : "  " + signature) + "\n");
}

// An option that the measured thing does not have is an error, and not ignored.
void refuse_unused(const EvalOptions& options, const GivenOptions& given) {
  const bool text = !given.text.empty(), choices = !given.choices.empty();
  const auto refuse = [](const char* option, const char* message) {
    throw Error("E_USAGE", std::string("eval ") + option, message);
  };
  if (text && choices) refuse("--choices", "is given together with --text: one of them is measured");
  if (!text && (given.context > 0 || given.stride > 0)) {
    refuse(given.context > 0 ? "--context" : "--stride", "is of the windows of a text, and no --text is given");
  }
  if (!choices && given.policy != ContextPolicy::error) {
    refuse("--context-policy", "is of questions with choices, and no --choices are given");
  }
  if (!text && !choices) return;
  const char* unused = options.split != "test"   ? "--split"
                       : !options.metric.empty() ? "--metric"
                       : !options.output.empty() ? "--output"
                       : options.overlap         ? "--overlap"
                                                 : nullptr;
  if (unused != nullptr) refuse(unused, "is of a split of the data, and a file is measured");
}

// Figures by name, a line each.
void print_figures(const Config& figures, bool json) {
  if (json) return write_out(write_json(figures, 0) + "\n");
  for (const auto& [name, value] : figures.members()) {
    char digits[64];
    if (value.kind() == Config::Kind::real) std::snprintf(digits, sizeof digits, "%.4f", value.real());
    write_out(name + " " + (value.kind() == Config::Kind::real ? std::string(digits) : write_json(value, 0)) + "\n");
  }
}

}  // namespace

int eval(const Arguments& words) {
  std::string run;
  EvalOptions options;
  GivenOptions given;
  TranslateOptions search;
  PluginOptions plugin_options;
  CommandLine line("eval", "Measures the metrics of a trained run on a split of its data, or a file with it.");
  line.argument("RUN", run, "run folder or checkpoint folder");
  line.options("Evaluation", options);
  line.options("Text and questions", given);
  line.options("Search", search);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;
  refuse_unused(options, given);

  PluginHost plugins;
  add_plugins(plugins, plugin_options);
  if (!given.text.empty() || !given.choices.empty()) {
    install_interrupt_handlers();
    const ContextScope scope;
    const LoadedModel loaded = load_model(run, options, plugins);
    const ScoreBatch batch{search.batch_size, search.batch_tokens};
    if (!given.text.empty()) {
      const TextReport report = evaluate_text(loaded, {given.text, given.context, given.stride, batch});
      print_figures(to_config(report), options.json);
      return 0;
    }
    const ChoicesReport report = evaluate_choices(loaded, {given.choices, given.policy, batch});
    print_figures(to_config(report), options.json);
    const std::string dropped = report.dropped.line("prompts", report.context);
    if (!dropped.empty()) log_warning(dropped);
    return 0;
  }
  std::optional<AtomicFile> outputs;
  if (!options.output.empty()) outputs.emplace(options.output);
  EvaluateOptions job;
  job.split = options.split;
  job.which = options.checkpoint;
  job.metrics = options.metric;
  job.translate = make_translate(search);
  job.prepare = [&](Model& model) { use_precision(options, model); };
  if (outputs) job.each = [&](const TextPair&, const std::string& output) { outputs->write(output + "\n"); };
  install_interrupt_handlers();
  const std::vector<MetricReport> reports = evaluate_run(run, job, {default_registry(), &plugins, options.device});
  if (outputs) outputs->commit();
  for (const MetricReport& report : reports) print_metric(options, report.name, report.value, report.signature);
  if (options.overlap) {
    const Config recipe = read_checkpoint_recipe(find_checkpoint(run, options.checkpoint));
    const auto data = complete_recipe(recipe, default_registry(), &plugins).options.data.make();
    print_metric(options, "overlap", static_cast<double>(overlap(*data, "train", options.split)), {});
  }
  return 0;
}

}  // namespace strata::app
