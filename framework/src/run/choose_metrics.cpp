// choose_metrics: by name, as the recipe says, or what training measured and the scores of texts.
#include "run/choose_metrics.hpp"

#include "strata/core/error.hpp"
#include "strata/run/answer_run.hpp"

namespace strata::detail {

Writes what_is_written(const TranslateLines& translate, Model& model) {
  if (!translate) return Writes::nothing;
  const std::vector<std::string> verbs = answerers_of(model, default_registry());
  return !verbs.empty() && verbs.front() == "classify" ? Writes::labels : Writes::texts;
}

std::vector<std::shared_ptr<Metric>> choose_metrics(const std::vector<std::string>& names, Writes writes,
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
  for (const std::string& name : names) add(Config(name));
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

}  // namespace strata::detail
