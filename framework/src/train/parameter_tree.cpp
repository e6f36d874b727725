// ParameterTree.
#include "train/parameter_tree.hpp"

#include <utility>

#include "strata/core/error.hpp"

namespace strata::detail {
namespace {

constexpr std::string_view kObjective = "objective";

std::vector<NamedParameter> named(std::vector<NamedParameter> parameters) {
  for (NamedParameter& one : parameters) one.name = std::string(kObjective) + "." + one.name;
  return parameters;
}

}  // namespace

std::vector<NamedParameter> ParameterTree::of_objective(bool buffers) const {
  if (objective_ == nullptr) return {};
  return named(buffers ? objective_->saved() : objective_->parameters());
}

std::vector<NamedParameter> ParameterTree::parameters() const {
  std::vector<NamedParameter> all = model_.parameters();
  for (NamedParameter& one : of_objective(/*buffers=*/false)) all.push_back(std::move(one));
  return all;
}

std::vector<NamedParameter> ParameterTree::within(const std::string& prefix, const std::string& place) const {
  if (prefix.empty()) return parameters();
  const bool any = objective_ != nullptr && !objective_->parameters().empty();
  const bool head = prefix.rfind(kObjective, 0) == 0;
  try {
    if (any && prefix == kObjective) return of_objective(/*buffers=*/false);
    if (any && head && prefix[kObjective.size()] == '.') {
      return named(objective_->parameters(prefix.substr(kObjective.size() + 1)));
    }
    return model_.parameters(prefix);
  } catch (const Error& error) {
    if (error.code() != "E_MODEL_PARAMETER") throw;
    throw Error(error.code(), place, "\"" + printable(prefix) + "\": " + error.message(), error.hint());
  }
}

}  // namespace strata::detail
