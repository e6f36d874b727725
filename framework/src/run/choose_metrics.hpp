// The metrics of an evaluation.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "strata/model/model.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/load_model.hpp"
#include "strata/train/metric.hpp"
#include "strata/train/validation.hpp"

namespace strata::detail {

// What a model writes in an evaluation.
enum class Writes { nothing, labels, texts };

// `translate` is the function that writes; an empty one writes nothing.
Writes what_is_written(const TranslateLines& translate, Model& model);

// Makes the metrics in `names`; when there are none, those of "evaluate" in the recipe, else those of training, and
// bleu and chrf where texts are written. Throws E_CONFIG_METRIC for a metric of texts where none are written.
std::vector<std::shared_ptr<Metric>> choose_metrics(const std::vector<std::string>& names, Writes writes,
                                                    const LoadedModel& loaded, Registry& registry);

}  // namespace strata::detail
