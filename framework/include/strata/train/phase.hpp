// Phase: one kind of update, with the parameters that it changes and the optimizer that changes them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "strata/plugin/slot.hpp"
#include "strata/train/optimizer.hpp"

namespace strata {

// One entry of the option `groups`.
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

// The options of a phase. A trainer with one phase has them among its own options; a trainer with several has a group
// of options for each.
struct PhaseOptions {
  Slot<Optimizer> optimizer{"adam"};
  Slot<Schedule> schedule{"constant"};
  double clip_norm = 0;
  std::vector<GroupOptions> groups = {};
  double rate_decay = 1;
  bool decay_exempt = false;

  void visit(auto& option) {
    option("optimizer", optimizer, "optimizer, the rule by which gradients change the parameters");
    option("schedule", schedule, "schedule of the learning rate during training");
    option("clip_norm", clip_norm, "largest norm of the gradients, to which larger ones are scaled down (0: no limit)")
        .min(0);
    option("groups", groups,
           "groups of parameters with a learning rate and a weight decay of their own; the longest name goes first");
    option("rate_decay", rate_decay,
           "factor of the learning rate from one level of the model to the one below (Howard and Ruder, 2018: 1/2.6; "
           "1: the same rate for all)")
        .above(0)
        .max(1);
    option("decay_exempt", decay_exempt, "exemption of norms, biases and embeddings from the weight decay");
  }
};

// Phases take turns: the first makes `updates` updates, then the second, and so on, then the first again. A parameter
// belongs to one phase at most; while another phase makes an update, it is frozen.
struct Phase {
  // "generator": its options are at train.phases.NAME. Empty for a single phase, whose options are at train.
  std::string name = {};
  PhaseOptions options = {};
  // Names of parameters, or of parts of the model, whose parameters are changed; "" is all of them. Those of the
  // objective's own layers begin with "objective.".
  std::vector<std::string> parameters = {""};
  std::int64_t updates = 1;  // number of updates in a row, > 0
};

}  // namespace strata
