// Validation: metrics of a model over one split, in a fixed order, without gradients and dropout.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/data/batcher.hpp"
#include "strata/data/corpus.hpp"
#include "strata/data/dataset.hpp"
#include "strata/train/metric.hpp"
#include "strata/train/trainer.hpp"

namespace strata {

class Model;

// A split in the forms that metrics read.
struct ValidationJob {
  Model& model;                                  // materialised
  const Corpus* corpus = nullptr;                // for metrics of sums
  const std::vector<TextPair>* texts = nullptr;  // for metrics of texts
  const TranslateLines* translate = nullptr;     // for metrics of texts
  BatchOptions batch;                            // shuffle is taken as false
};

// Resets the metrics and measures. False when interrupted() asked to stop on the way. Throws E_MODEL_CAPABILITY when
// the model's loss has no part that a metric reads.
STRATA_API bool validate(const ValidationJob& job, std::span<const std::shared_ptr<Metric>> metrics);

}  // namespace strata
