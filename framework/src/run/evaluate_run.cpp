// evaluate_run: metrics of a saved model over any split.
#include <algorithm>

#include "run/choose_metrics.hpp"
#include "run/choose_translate.hpp"
#include "run/compare_plugins.hpp"
#include "strata/checkpoint/checkpoint.hpp"
#include "strata/core/error.hpp"
#include "strata/core/interrupt.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/train_run.hpp"
#include "strata/tensor/context.hpp"
#include "strata/train/validation.hpp"

namespace strata {
namespace {

// Outputs of all texts, for `each` alone. False when interrupted.
bool write_texts(const TranslateLines& translate, const std::vector<TextPair>& texts) {
  constexpr std::size_t kBlock = 512;
  for (std::size_t begin = 0; begin < texts.size(); begin += kBlock) {
    if (interrupted() != 0) return false;
    std::vector<std::string> sources;
    for (std::size_t i = begin; i < std::min(texts.size(), begin + kBlock); ++i) sources.push_back(texts[i].source);
    translate(sources);
  }
  return true;
}

}  // namespace

std::vector<MetricReport> evaluate_run(const std::string& path, const EvaluateOptions& options, const Host& host) {
  const ContextScope scope;
  const LoadedModel loaded = load_model(path, options.which, host);
  if (!loaded.recipe.data) {
    throw Error("E_CONFIG_MISSING", path, "has no data: the model is that of a published checkpoint",
                "--text and --choices name a file to measure it on");
  }
  if (options.prepare) options.prepare(*loaded.model);
  const std::shared_ptr<Dataset> dataset = loaded.recipe.data.make();
  detail::warn_of_other_plugins(loaded.folder, host, detail::UsedBy::measures);
  const TranslateLines write =
      detail::choose_translate(options.translate, loaded.recipe, *loaded.model, loaded.tokenizers);
  if (options.each && !write) {
    throw Error("E_MODEL_CAPABILITY", "eval", "the model writes no texts that could be handed out",
                "a Generator or a Classifier does");
  }
  const auto metrics =
      detail::choose_metrics(options.metrics, detail::what_is_written(write, *loaded.model), loaded, host.registry);
  const bool reads_texts = std::any_of(metrics.begin(), metrics.end(),
                                       [](const auto& metric) { return metric->input() == Metric::Input::text; });
  const bool reads_sums = std::any_of(metrics.begin(), metrics.end(),
                                      [](const auto& metric) { return metric->input() == Metric::Input::sums; });
  Feed::Facts facts;
  facts.dataset = dataset;
  facts.split = reads_sums ? options.split : "";
  facts.tokenizers = loaded.tokenizers;
  facts.saved = loaded.saved_feed;
  const std::shared_ptr<Feed> feed = loaded.recipe.feed.make(facts);
  std::vector<TextPair> texts;
  if (reads_texts || options.each) texts = read_text_pairs(*dataset, options.split, *feed);
  // Lines come in order: `done` counts them.
  const TranslateLines translate = [&, done = std::size_t{0}](const std::vector<std::string>& sources) mutable {
    std::vector<std::string> outputs = write(sources);
    for (const std::string& output : outputs) {
      if (options.each && done < texts.size()) options.each(texts[done], output);
      ++done;
    }
    return outputs;
  };
  const bool owes_texts = options.each && !reads_texts;
  if (!validate({*loaded.model, feed.get(), &texts, &translate}, metrics) ||
      (owes_texts && !write_texts(translate, texts))) {
    throw Error("E_STOPPED", path, "stopped on request before the evaluation was done");
  }
  std::vector<MetricReport> reports;
  for (const auto& metric : metrics) {
    const double value = in_plugin("value()", *metric, [&] { return metric->value(); });
    reports.push_back({std::string(metric->name()), value, value, false, metric->signature()});
  }
  return reports;
}

}  // namespace strata
