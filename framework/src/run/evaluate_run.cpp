// evaluate_run: metrics of a saved model over any split.
#include <cmath>

#include "run/choose_translate.hpp"
#include "strata/autograd/context.hpp"
#include "strata/core/error.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/train_run.hpp"
#include "strata/train/validation.hpp"

namespace strata {
namespace {

// By name where some are asked for, else the recipe's list, else what training measured and the scores of texts.
std::vector<std::shared_ptr<Metric>> make_metrics(const EvaluateOptions& options, bool translates,
                                                  const LoadedModel& loaded, Registry& registry) {
  std::vector<std::shared_ptr<Metric>> metrics;
  const auto add = [&](const Config& spec) {
    auto metric = registry.make<Metric>(spec);
    for (const auto& known : metrics) {
      if (known->name() == metric->name()) return;
    }
    if (metric->input() == Metric::Input::text && !translates) {
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
  if (translates) {
    for (const char* name : {"bleu", "chrf"}) add(Config(name));
  }
  return metrics;
}

std::vector<TextPair> read_texts(PairReader& reader) {
  std::vector<TextPair> texts;
  for (TextPair pair; reader.next(pair);) texts.push_back(pair);
  return texts;
}

}  // namespace

std::vector<MetricReport> evaluate_run(const std::string& path, const EvaluateOptions& options, const Host& host) {
  const ContextScope scope;
  const LoadedModel loaded = load_model(path, options.which, host);
  const std::shared_ptr<Dataset> dataset = loaded.recipe.data.make();
  const MakeTranslate make_translate = detail::choose_translate(options.translate, loaded.recipe, *loaded.model);
  const auto metrics = make_metrics(options, make_translate != nullptr, loaded, host.registry);
  CorpusReport ignored;
  const Corpus corpus =
      read_corpus(*dataset->open(options.split), loaded.tokenizers, {0, false, "split " + options.split}, ignored);
  const std::vector<TextPair> texts = read_texts(*dataset->open(options.split));
  TranslateLines translate;
  if (make_translate) {
    // Lines come in order: `done` counts them.
    translate = [&, done = std::size_t{0}, inner = make_translate(*loaded.model, loaded.tokenizers)](
                    const std::vector<std::string>& sources) mutable {
      std::vector<std::string> outputs = inner(sources);
      for (const std::string& output : outputs) {
        if (options.each && done < texts.size()) options.each(texts[done], output);
        ++done;
      }
      return outputs;
    };
  }
  if (!validate({*loaded.model, &corpus, &texts, &translate, {}}, metrics)) {
    throw Error("E_STOPPED", path, "stopped on request before the evaluation was done");
  }
  std::vector<MetricReport> reports;
  for (const auto& metric : metrics) {
    const double value = metric->value();
    reports.push_back({std::string(metric->name()), value, value, false, metric->signature()});
  }
  return reports;
}

}  // namespace strata
