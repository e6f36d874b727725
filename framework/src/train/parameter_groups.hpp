// The groups of parameters that an optimizer gets: what is trained, how fast, and with how much weight decay.
#pragma once

#include <string>
#include <vector>

#include "strata/model/model.hpp"
#include "strata/train/optimizer.hpp"

namespace strata::detail {

// One entry of `train.groups`.
struct GroupOptions {
  std::string parameters;
  double rate = 1, decay = 1;

  void visit(auto& option) {
    option("parameters", parameters,
           "name of a parameter, or of a part of the model, all of whose parameters are meant")
        .required();
    option("rate", rate, "factor of the learning rate").min(0);
    option("decay", decay, "factor of the optimizer's weight decay").min(0);
  }
};

struct GroupingOptions {
  std::vector<GroupOptions> groups = {};
  double rate_decay = 1;      // factor of the rate for each level of Model::depth(), from the top down
  bool decay_exempt = false;  // true: no decay for norms, biases and embeddings
};

// Freezes the parameters with these prefixes. Throws E_MODEL_PARAMETER, place "train.freeze", when a prefix has none.
void freeze(Model& model, const std::vector<std::string>& prefixes);

// Puts each trainable parameter into the group of its rate and decay; with default options that is one group, in the
// order of Layer::parameters(). An entry of `groups` with a longer prefix goes before one with a shorter. Throws
// E_MODEL_PARAMETER when a prefix has no parameters, or only frozen ones, and E_CONFIG_GROUPS when a prefix comes twice
// or nothing is left to train.
std::vector<ParameterGroup> make_groups(const Model& model, const GroupingOptions& options);

}  // namespace strata::detail
