// Validation: measures metrics of a model over one split, in a fixed order, without gradients and dropout.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/data/feed.hpp"
#include "strata/train/metric.hpp"
#include "strata/train/trainer.hpp"

namespace strata {

class Model;

// A source text and the reference for what a model writes.
struct TextPair {
  std::string source, target;  // source and target text
  std::int64_t index = 0;      // position in the split, from 0
};

// Reads the pairs of texts of a split: the fields of the vocabularies "source" and "target" of the feed. Throws
// E_CONFIG_METRIC when the feed has no such vocabularies.
STRATA_API std::vector<TextPair> read_text_pairs(const Dataset& dataset, const std::string& split, const Feed& feed);

// Throws E_CONFIG_METRIC when a metric is measured per byte and the feed, which has a split, does not count bytes.
STRATA_API void require_bytes(const Feed& feed, std::span<const std::shared_ptr<Metric>> metrics);

// A model, and a split of the data in the forms that metrics need.
struct ValidationJob {
  Model& model;                                  // materialised model
  const Feed* feed = nullptr;                    // batches of the split, for metrics of sums
  const std::vector<TextPair>* texts = nullptr;  // pairs of the split, for metrics of texts
  const TranslateLines* translate = nullptr;     // writes outputs, for metrics of texts
};

// Resets the metrics and measures them. Returns false when interrupted() asked to stop before the end. Throws
// E_MODEL_CAPABILITY when the model's loss lacks a part that a metric reads, and what require_bytes() throws.
STRATA_API bool validate(const ValidationJob& job, std::span<const std::shared_ptr<Metric>> metrics);

}  // namespace strata
