// InitialValues: the values that a new model takes from the sources in "init" of its recipe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "strata/checkpoint/bound_weights.hpp"
#include "strata/data/feed.hpp"
#include "strata/model/model.hpp"
#include "strata/run/host.hpp"
#include "strata/run/recipe.hpp"

namespace strata::detail {

// What is known of a new model before its values are.
struct NewModel {
  const Recipe& recipe;      // completed recipe
  const Feed::Facts& facts;  // those of its feed, with tokenizers; no split
  const Model& model;        // declared, not materialised
};

class InitialValues final : public ValueSource {
 public:
  // Opens the sources, and compares names and shapes. Throws, with the source, what Weights() and BoundWeights() throw,
  // E_CONFIG_RANGE for rows by token of a source without tokenizers, and E_CHECKPOINT_PARAMETERS when a source has no
  // parameter of the model.
  InitialValues(const NewModel& now, const Host& host);

  // Lines about what was taken, drawn and left of each source.
  const std::vector<std::string>& lines() const { return lines_; }
  bool fill(const NamedParameter& parameter, const Tensor& values, const std::function<void()>& draw) override;

 private:
  void add(const InitOptions& options, const NewModel& now, const Host& host);

  std::vector<std::unique_ptr<BoundWeights>> sources_;
  std::vector<std::string> lines_;
};

}  // namespace strata::detail
