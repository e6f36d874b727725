// ParameterTree: the parameters that a trainer can change, by name: those of the model, and those of the objective's
// own layers, whose names begin with "objective.".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "strata/model/model.hpp"
#include "strata/nn/layer.hpp"

namespace strata::detail {

class ParameterTree {
 public:
  // objective: layers that are trained in addition to the model; null: there are none.
  explicit ParameterTree(const Model& model, const Layer* objective = nullptr) : model_(model), objective_(objective) {}

  const Model& model() const noexcept { return model_; }
  // Parameters of the objective with their full names; with `buffers`, the buffers, too.
  std::vector<NamedParameter> of_objective(bool buffers) const;
  // All parameters, those of the model first.
  std::vector<NamedParameter> parameters() const;
  // Those within a prefix, as Layer::parameters(prefix) finds them. Throws E_MODEL_PARAMETER, at `place`.
  std::vector<NamedParameter> within(const std::string& prefix, const std::string& place) const;

 private:
  const Model& model_;
  const Layer* objective_;
};

}  // namespace strata::detail
