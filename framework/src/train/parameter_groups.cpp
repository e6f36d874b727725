// make_groups: rates and decays by prefix, by level and by kind; parameters of equal ones form a group.
#include "train/parameter_groups.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"

namespace strata::detail {
namespace {

// The entries of a list of prefixes that hold for each parameter: the one with the longest prefix, and of equally long
// ones (a shared parameter has several names) the first.
class Matches {
 public:
  void add(const ParameterTree& tree, const std::string& place, const std::string& prefix, std::size_t entry) {
    for (const NamedParameter& one : tree.within(prefix, place)) {
      const auto [found, fresh] = of_.try_emplace(&one.parameter.state(), entry, prefix.size());
      if (!fresh && prefix.size() > found->second.second) found->second = {entry, prefix.size()};
    }
  }
  // The entry that holds for the parameter, or `otherwise`.
  std::size_t of(const NamedParameter& one, std::size_t otherwise) const {
    const auto found = of_.find(&one.parameter.state());
    return found == of_.end() ? otherwise : found->second.first;
  }

 private:
  std::unordered_map<const ParameterState*, std::pair<std::size_t, std::size_t>> of_;  // entry, length of its prefix
};

bool any_trainable(const std::vector<NamedParameter>& parameters) {
  return std::any_of(parameters.begin(), parameters.end(),
                     [](const NamedParameter& one) { return one.parameter.trainable(); });
}

Matches groups_of(const ParameterTree& tree, const Phase& phase) {
  const std::vector<GroupOptions>& groups = phase.options.groups;
  Matches matches;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::string& prefix = groups[i].parameters;
    const std::string place = place_of(phase) + ".groups/" + std::to_string(i);
    for (std::size_t k = 0; k < i; ++k) {
      if (groups[k].parameters != prefix) continue;
      throw Error("E_CONFIG_GROUPS", place, "\"" + printable(prefix) + "\" has a group already: " + std::to_string(k),
                  "make one group of both");
    }
    if (!any_trainable(tree.within(prefix, place))) {
      throw Error("E_MODEL_PARAMETER", place, "all parameters of \"" + printable(prefix) + "\" are frozen",
                  "take the group away, or the prefix from train.freeze");
    }
    matches.add(tree, place, prefix, i);
  }
  return matches;
}

bool exempt(ParameterKind kind) { return kind != ParameterKind::weight; }

// The parameters of a phase, once each, in the order of the tree.
std::vector<NamedParameter> parameters_of(const ParameterTree& tree, const Phase& phase) {
  Matches matches;
  for (const std::string& prefix : phase.parameters) matches.add(tree, place_of(phase), prefix, 1);
  std::vector<NamedParameter> found;
  for (const NamedParameter& one : tree.parameters()) {
    if (matches.of(one, 0) == 1) found.push_back(one);
  }
  return found;
}

}  // namespace

std::string place_of(const Phase& phase) { return phase.name.empty() ? "train" : "train.phases." + phase.name; }

void freeze(const ParameterTree& tree, const std::vector<std::string>& prefixes) {
  for (const std::string& prefix : prefixes) {
    for (const NamedParameter& one : tree.within(prefix, "train.freeze")) one.parameter.set_trainable(false);
  }
}

std::vector<ParameterGroup> make_groups(const ParameterTree& tree, const Phase& phase) {
  const PhaseOptions& options = phase.options;
  const std::vector<NamedParameter> all = parameters_of(tree, phase);
  if (!any_trainable(all)) {
    const std::string owner = phase.name.empty() ? "the model" : "phase \"" + printable(phase.name) + "\"";
    throw Error("E_CONFIG_GROUPS", "train.freeze",
                all.empty() ? owner + " has no parameters"
                            : "all " + std::to_string(all.size()) + " parameters of " + owner + " are frozen",
                "nothing is left to train");
  }
  const Matches groups = groups_of(tree, phase);
  Matches levels;
  const Model& model = tree.model();
  std::vector<std::string> depth;
  if (options.rate_decay != 1) depth = in_plugin("depth()", model, [&] { return model.depth(); });
  for (std::size_t i = 0; i < depth.size(); ++i) levels.add(tree, "depth() of the model", depth[i], i);
  const std::size_t top = std::max<std::size_t>(depth.size(), 1) - 1, none = options.groups.size();

  std::vector<ParameterGroup> made;
  for (const NamedParameter& one : all) {
    if (!one.parameter.trainable()) continue;
    const std::size_t group = groups.of(one, none), level = levels.of(one, top);
    double rate = std::pow(options.rate_decay, static_cast<double>(top - level)), decay = 1;
    if (group != none) rate *= options.groups[group].rate, decay = options.groups[group].decay;
    if (options.decay_exempt && exempt(one.parameter.kind())) decay = 0;
    const auto alike = [&](const ParameterGroup& other) { return other.rate == rate && other.decay == decay; };
    auto found = std::find_if(made.begin(), made.end(), alike);
    if (found == made.end()) found = made.insert(made.end(), ParameterGroup{{}, rate, decay});
    found->parameters.push_back(one);
  }
  return made;
}

}  // namespace strata::detail
