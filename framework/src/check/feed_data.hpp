// The data with which feeds are checked.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "strata/check/check.hpp"
#include "strata/data/feed.hpp"

namespace strata::detail {

// A dataset that a feed accepts, and trained tokenizers for the vocabularies that the feed needs.
struct FeedData {
  std::string name;  // name of the dataset in messages
  std::shared_ptr<const Dataset> dataset;
  Tokenizers tokenizers;
  std::string train, other;  // the splits for training and for the rest; they may be the same
};

// Returns the data of CheckOptions::dataset; when that is empty, those of two small datasets that the feed accepts:
// dates of the dataset "samples" (a source and a target text), and examples that the check generates (a text, the names
// of classes, numbers of classes, tags, an image and a series). `spec` describes the feed. Throws E_DATA_FIELD when the
// feed accepts none, and what the component throws.
std::vector<FeedData> feed_data(const Config& spec, const CheckOptions& options, Registry& registry);

// Returns all examples of a split.
std::vector<Example> examples_of(const Dataset& dataset, const std::string& split);
// Returns the indices of the examples of which no field is empty. A feed may leave out the others.
std::set<std::int64_t> full_examples(const std::vector<Example>& examples, const std::vector<FieldInfo>& fields);

}  // namespace strata::detail
