// strata eval: the metrics of a run on one split of its data.
#include "command_line.hpp"
#include "model_options.hpp"
#include "output.hpp"
#include "plugin_options.hpp"
#include "strata/checkpoint/run_folder.hpp"
#include "strata/core/file.hpp"
#include "strata/core/interrupt.hpp"
#include "strata/core/json.hpp"
#include "strata/data/dataset.hpp"
#include "strata/model/model.hpp"
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
    option("json", json, "one JSON object per metric, with the fields metric, score and signature");
  }
};

void print_metric(const EvalOptions& options, const std::string& name, double score, const std::string& signature) {
  const Config object = Config::object({{"metric", name}, {"score", score}, {"signature", signature}});
  write_out(options.json ? write_json(object, 0) + "\n"
                         : name + " " + rounded(score) + (signature.empty() ? "" : "  " + signature) + "\n");
}

}  // namespace

int eval(const Arguments& words) {
  std::string run;
  EvalOptions options;
  TranslateOptions search;
  PluginOptions plugin_options;
  CommandLine line("eval", "Measures the metrics of a trained run on a split of its data.");
  line.argument("RUN", run, "run folder or checkpoint folder");
  line.options("Evaluation", options);
  line.options("Search", search);
  line.options("Plugins", plugin_options);
  if (!line.parse(words)) return 0;

  PluginHost plugins;
  add_plugins(plugins, plugin_options);
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
