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

std::vector<std::shared_ptr<Metric>> make_metrics(const EvaluateOptions& options, bool translates, const Config& recipe,
                                                  Registry& registry) {
  std::vector<std::shared_ptr<Metric>> metrics;
  std::vector<std::string> names = options.metrics;
  if (names.empty()) {
    const Config* listed = recipe.find_path("train.metrics");
    if (listed != nullptr && listed->is_array()) {
      for (const Config& spec : listed->items()) metrics.push_back(registry.make<Metric>(spec));
    }
    if (translates) names = {"bleu", "chrf"};
  }
  const auto has = [&](const std::string& name) {
    for (const auto& metric : metrics) {
      if (metric->name() == name) return true;
    }
    return false;
  };
  for (const std::string& name : names) {
    if (!has(name)) metrics.push_back(registry.make<Metric>(Config(name)));
  }
  for (const auto& metric : metrics) {
    if (metric->input() == Metric::Input::text && !translates) {
      throw Error("E_CONFIG_METRIC", std::string(metric->name()), "is measured on texts, and nothing here writes any");
    }
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
  const auto metrics = make_metrics(options, make_translate != nullptr, loaded.config, host.registry);
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
