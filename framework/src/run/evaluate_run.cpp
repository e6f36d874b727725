// evaluate_run: metrics of a saved model over any split.
#include <algorithm>

#include "run/choose_translate.hpp"
#include "run/compare_plugins.hpp"
#include "strata/checkpoint/checkpoint.hpp"
#include "strata/core/error.hpp"
#include "strata/core/interrupt.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/model/model.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/answer_run.hpp"
#include "strata/run/train_run.hpp"
#include "strata/tensor/context.hpp"
#include "strata/train/validation.hpp"

namespace strata {
namespace {

enum class Writes { nothing, labels, texts };

Writes what_is_written(const TranslateLines& translate, Model& model) {
  if (!translate) return Writes::nothing;
  const std::vector<std::string> verbs = answerers_of(model, default_registry());
  return !verbs.empty() && verbs.front() == "classify" ? Writes::labels : Writes::texts;
}

// By name where some are asked for, else the recipe's list, else what training measured and the scores of texts.
std::vector<std::shared_ptr<Metric>> make_metrics(const EvaluateOptions& options, Writes writes,
                                                  const LoadedModel& loaded, Registry& registry) {
  std::vector<std::shared_ptr<Metric>> metrics;
  const auto add = [&](const Config& spec) {
    auto metric = registry.make<Metric>(spec);
    for (const auto& known : metrics) {
      if (known->name() == metric->name()) return;
    }
    if (metric->input() == Metric::Input::text && writes == Writes::nothing) {
      throw Error("E_CONFIG_METRIC", std::string(metric->name()), "is measured on texts, and nothing here writes any");
    }
    metrics.push_back(std::move(metric));
  };
  for (const std::string& name : options.metrics) add(Config(name));
  if (!metrics.empty()) return metrics;
  for (const Slot<Metric>& slot : loaded.recipe.evaluate) add(slot.spec());
  if (!metrics.empty()) return metrics;
  const Config* trained = loaded.config.find_path("train.metrics");
  if (trained != nullptr && trained->is_array()) {
    for (const Config& spec : trained->items()) add(spec);
  }
  if (writes == Writes::texts) {
    for (const char* name : {"bleu", "chrf"}) add(Config(name));
  }
  return metrics;
}

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
  if (options.prepare) options.prepare(*loaded.model);
  const std::shared_ptr<Dataset> dataset = loaded.recipe.data.make();
  detail::warn_of_other_plugins(loaded.folder, host, detail::UsedBy::measures);
  const TranslateLines write =
      detail::choose_translate(options.translate, loaded.recipe, *loaded.model, loaded.tokenizers);
  if (options.each && !write) {
    throw Error("E_MODEL_CAPABILITY", "eval", "the model writes no texts that could be handed out",
                "a Generator or a Classifier does");
  }
  const auto metrics = make_metrics(options, what_is_written(write, *loaded.model), loaded, host.registry);
  const bool reads_texts = std::any_of(metrics.begin(), metrics.end(),
                                       [](const auto& metric) { return metric->input() == Metric::Input::text; });
  const bool reads_sums = std::any_of(metrics.begin(), metrics.end(),
                                      [](const auto& metric) { return metric->input() == Metric::Input::sums; });
  Feed::Facts facts;
  facts.dataset = dataset;
  facts.split = reads_sums ? options.split : "";
  facts.tokenizers = loaded.tokenizers;
  facts.saved = read_checkpoint_feed(loaded.folder);
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
