// Validation: measures metrics of a model over one split, in a fixed order, without gradients and dropout.
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

// A model, and a split of the data in the forms that metrics need.
struct ValidationJob {
  Model& model;                                  // materialised model
  const Corpus* corpus = nullptr;                // pairs as ids, for metrics of sums
  const std::vector<TextPair>* texts = nullptr;  // pairs as texts, for metrics of texts
  const TranslateLines* translate = nullptr;     // writes outputs, for metrics of texts
  BatchOptions batch;                            // options of the batches; `shuffle` counts as false
};

// Resets the metrics and measures them. Returns false when interrupted() asked to stop before the end. Throws
// E_MODEL_CAPABILITY when the model's loss lacks a part that a metric reads.
STRATA_API bool validate(const ValidationJob& job, std::span<const std::shared_ptr<Metric>> metrics);

}  // namespace strata
