// The groups of parameters that an optimizer gets: what is trained, how fast, and with how much weight decay.
#pragma once

#include <string>
#include <vector>

#include "strata/train/optimizer.hpp"
#include "strata/train/phase.hpp"
#include "train/parameter_tree.hpp"

namespace strata::detail {

// The place of the options of a phase: "train", or "train.phases.NAME".
std::string place_of(const Phase& phase);

// Freezes the parameters with these prefixes. Throws E_MODEL_PARAMETER, place "train.freeze", when a prefix has none.
void freeze(const ParameterTree& tree, const std::vector<std::string>& prefixes);

// Puts each trainable parameter of a phase into the group of its rate and decay; with default options that is one
// group, in the order of Layer::parameters(). An entry of `groups` with a longer prefix goes before one with a shorter.
// Throws E_MODEL_PARAMETER when a prefix has no parameters, or only frozen ones, and E_CONFIG_GROUPS when a prefix
// comes twice or nothing is left to train.
std::vector<ParameterGroup> make_groups(const ParameterTree& tree, const Phase& phase);

}  // namespace strata::detail
