// write_field_weights: the steps of the rules backwards.
#include <map>
#include <numeric>
#include <set>

#include "checkpoint/first_few.hpp"
#include "checkpoint/name_pattern.hpp"
#include "strata/checkpoint/bound_weights.hpp"
#include "strata/core/error.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

using Values = std::map<std::string, Tensor>;  // by the names of the model

// The numbers that "{}" of a rule stands for in the names of a model; {-1} for a rule without.
std::set<std::int64_t> numbers_of(const NameRule& rule, const Values& values) {
  std::set<std::int64_t> numbers;
  for (const auto& one : values) {
    const std::optional<std::int64_t> number = detail::match_name(rule.ours.front(), one.first);
    if (number) numbers.insert(*number);
  }
  return numbers;
}

// Theirs of ours: joined, rows put back, transposed back.
Tensor theirs_of(const NameRule& rule, const std::vector<Tensor>& ours) {
  Tensor joined = ours.size() == 1 ? ours.front() : concat(ours, 0);
  if (!rule.rows.empty()) {
    if (static_cast<std::int64_t>(rule.rows.size()) != joined.size(0)) {
      throw Error("E_CHECKPOINT_SHAPE", rule.theirs,
                  "needs " + std::to_string(rule.rows.size()) + " rows, the model has " + joined.shape().str());
    }
    std::vector<std::int64_t> back(rule.rows.size());  // row rows[i] of theirs is row i of ours
    for (std::size_t i = 0; i < back.size(); ++i)
      back[static_cast<std::size_t>(rule.rows[i])] = static_cast<std::int64_t>(i);
    const Tensor index = Tensor::from(back, {static_cast<std::int64_t>(back.size())}, joined.device());
    joined = index_rows(joined, index);
  }
  return rule.transpose ? transpose(joined) : joined;
}

}  // namespace

void write_field_weights(const std::string& path, const std::vector<NameRule>& rules,
                         const std::vector<NamedParameter>& parameters) {
  const NoGrad scope;
  Values values;
  for (const NamedParameter& one : parameters) values[one.name] = one.parameter.value().detach();
  std::set<std::string> written;
  std::vector<NamedTensor> tensors;
  for (const NameRule& rule : rules) {
    if (rule.ours.empty()) continue;
    for (const std::int64_t number : numbers_of(rule, values)) {
      std::vector<Tensor> ours;
      bool again = false;
      for (const std::string& pattern : rule.ours) {
        const auto found = values.find(detail::fill_name(pattern, number));
        if (found == values.end()) {
          throw Error("E_CHECKPOINT_PARAMETERS", path,
                      "the model lacks " + detail::fill_name(pattern, number) + ", a part of " +
                          detail::fill_name(rule.theirs, number));
        }
        again = !written.insert(found->first).second || again;
        ours.push_back(found->second);
      }
      if (!again) tensors.push_back({detail::fill_name(rule.theirs, number), theirs_of(rule, ours)});
    }
  }
  std::vector<std::string> missing;
  for (const auto& one : values) {
    if (written.count(one.first) == 0) missing.push_back(one.first);
  }
  if (!missing.empty()) {
    throw Error("E_CHECKPOINT_PARAMETERS", path,
                "the form of the field has no place for " + std::to_string(missing.size()) + " parameters (" +
                    detail::first_few(missing) + ")");
  }
  write_safetensors(path, tensors, {{"format", "pt"}});
}

}  // namespace strata
