// BoundWeights: which tensor has which parameter. Names and shapes are compared before a value is read.
#include "strata/checkpoint/bound_weights.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "checkpoint/first_few.hpp"
#include "checkpoint/name_pattern.hpp"
#include "nn/parameter_prefix.hpp"
#include "strata/core/error.hpp"

namespace strata {
namespace {

constexpr const char* kOther = "the model was built from another configuration";

// The shape of a tensor after the step `transpose` of its rule.
Shape turned(const Weights::Entry& entry, const NameRule* rule) {
  if (rule == nullptr || !rule->transpose) return entry.shape;
  if (entry.shape.rank() != 2) {
    throw Error("E_CHECKPOINT_SHAPE", entry.name, "is " + entry.shape.str() + ", a matrix is expected", kOther);
  }
  return {entry.shape[1], entry.shape[0]};
}

std::int64_t rows_of(const Shape& shape) { return shape.rank() == 0 ? 1 : shape[0]; }

Shape with_rows(Shape shape, std::int64_t rows) {
  if (shape.rank() != 0) shape[0] = rows;
  return shape;
}

[[noreturn]] void fail_shape(const Weights::Entry& entry, const Shape& found, const std::string& name,
                             const Shape& wanted, const std::string& path) {
  throw Error("E_CHECKPOINT_SHAPE", path,
              printable(entry.name) + " is " + found.str() + (found == entry.shape ? "" : " when transposed") + ", " +
                  name + " of the model is " + wanted.str(),
              kOther);
}

// Counts a tensor that no parameter takes. An optional one may be the second name of a tied parameter.
void leave(const Weights::Entry& entry, const NameRule* rule, BindReport& report) {
  if (rule != nullptr && rule->optional) {
    ++report.ignored;
  } else {
    report.left.push_back(entry.name);
  }
}

// True when the names of most checkpoints of the family begin with a word that these lack ("transformer.").
bool lacks_first_word(const Weights& source, const std::vector<NameRule>& rules) {
  const auto any = [&](bool without) {
    for (const Weights::Entry& entry : source.entries()) {
      for (const NameRule& rule : rules) {
        const std::string_view theirs = without ? detail::without_first_word(rule.theirs) : rule.theirs;
        if (!rule.ours.empty() && !theirs.empty() && detail::match_name(theirs, entry.name)) return true;
      }
    }
    return false;
  };
  return !rules.empty() && !any(false) && any(true);
}

}  // namespace

BoundWeights::BoundWeights(std::shared_ptr<const Weights> source, const std::vector<NamedParameter>& parameters,
                           BindOptions options)
    : source_(std::move(source)), options_(std::move(options)) {
  for (const NamedParameter& one : parameters) known_[one.name] = &one;
  bind();
  finish(parameters);
  known_.clear();
}

BoundWeights::~BoundWeights() = default;

bool BoundWeights::has(const std::string& parameter) const { return pieces_.count(parameter) != 0; }

// The model's name for a name of the source; empty when it is outside of `from`.
std::string BoundWeights::renamed(const std::string& name) const {
  if (!detail::has_prefix(name, options_.from)) return {};
  const std::string rest = name.substr(options_.from.size());  // begins with a dot unless `from` is empty or all
  if (options_.into.empty()) return !rest.empty() && rest.front() == '.' ? rest.substr(1) : rest;
  return options_.into + (!rest.empty() && rest.front() != '.' ? "." : "") + rest;
}

void BoundWeights::bind() {
  if (lacks_first_word(*source_, options_.rules)) {
    for (NameRule& rule : options_.rules) {
      const std::string_view shorter = detail::without_first_word(rule.theirs);
      if (!shorter.empty()) rule.theirs = std::string(shorter);
    }
  }
  for (const Weights::Entry& entry : source_->entries()) {
    if (options_.rules.empty()) {
      bind_entry(entry, nullptr, {entry.name});
      continue;
    }
    const NameRule* found = nullptr;
    std::int64_t number = -1;
    for (const NameRule& rule : options_.rules) {
      const std::optional<std::int64_t> matched = detail::match_name(rule.theirs, entry.name);
      if (!matched) continue;
      found = &rule;
      number = *matched;
      break;
    }
    if (found == nullptr) {
      report_.left.push_back(entry.name);
    } else if (found->ours.empty()) {
      ++report_.ignored;
    } else {
      std::vector<std::string> ours;
      for (const std::string& name : found->ours) ours.push_back(detail::fill_name(name, number));
      bind_entry(entry, found, ours);
    }
  }
}

void BoundWeights::bind_entry(const Weights::Entry& entry, const NameRule* rule, const std::vector<std::string>& ours) {
  if (ours.size() > 1) return bind_parts(entry, *rule, ours);
  const std::string name = renamed(ours.front());
  const auto parameter = known_.find(name);
  if (name.empty() || parameter == known_.end()) {
    return leave(entry, rule, report_);
  }
  check_shape(entry, rule, *parameter->second);
  pieces_[name] = {&entry, rule, 0};
}

void BoundWeights::check_shape(const Weights::Entry& entry, const NameRule* rule, const NamedParameter& parameter) {
  const Shape found = turned(entry, rule), &wanted = parameter.parameter.shape();
  const auto match = options_.rows.find(parameter.name);
  if (rule != nullptr && !rule->rows.empty() && static_cast<std::int64_t>(rule->rows.size()) != rows_of(found)) {
    throw Error("E_CHECKPOINT_SHAPE", source_->path(),
                printable(entry.name) + " is " + found.str() + ", the model expects " +
                    std::to_string(rule->rows.size()) + " rows",
                kOther);
  }
  const bool padded = rule != nullptr && rule->padded && found.rank() > 0;
  const std::int64_t needed = match != options_.rows.end() ? match->second.source_rows : rows_of(wanted);
  if (padded && found[0] > needed && with_rows(found, needed) == with_rows(wanted, needed)) {
    report_.padded_rows += found[0] - needed;
    return;
  }
  if (found == with_rows(wanted, needed)) return;
  if (padded && found[0] < needed && with_rows(found, needed) == with_rows(wanted, needed)) {
    throw Error("E_CHECKPOINT_SHAPE", source_->path(),
                printable(entry.name) + " has " + std::to_string(found[0]) + " rows, and the vocabulary has " +
                    std::to_string(needed) + " tokens",
                "the tokenizer belongs to another checkpoint");
  }
  fail_shape(entry, found, parameter.name, with_rows(wanted, needed), source_->path());
}

void BoundWeights::bind_parts(const Weights::Entry& entry, const NameRule& rule, const std::vector<std::string>& ours) {
  const Shape whole = turned(entry, &rule);
  std::vector<std::int64_t> parts = rule.parts;
  std::vector<const NamedParameter*> parameters;
  for (const std::string& name : ours) {
    const auto known = known_.find(renamed(name));
    parameters.push_back(known == known_.end() ? nullptr : known->second);
  }
  if (std::all_of(parameters.begin(), parameters.end(), [](const auto* one) { return one == nullptr; })) {
    return leave(entry, &rule, report_);
  }
  if (parts.empty()) {
    for (const NamedParameter* one : parameters) {
      parts.push_back(one != nullptr ? rows_of(one->parameter.shape())
                                     : rows_of(whole) / static_cast<std::int64_t>(ours.size()));
    }
  }
  const std::int64_t sum = std::accumulate(parts.begin(), parts.end(), std::int64_t{0});
  const bool permuted = !rule.rows.empty() && static_cast<std::int64_t>(rule.rows.size()) != rows_of(whole);
  if (parts.size() != ours.size() || sum != rows_of(whole) || permuted) {
    fail_shape(entry, whole, detail::first_few(ours) + " together", with_rows(whole, sum), source_->path());
  }
  std::int64_t first = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (parameters[i] != nullptr) {
      const Shape found = with_rows(whole, parts[i]), &wanted = parameters[i]->parameter.shape();
      if (!(found == wanted)) fail_shape(entry, found, parameters[i]->name, wanted, source_->path());
      pieces_[parameters[i]->name] = {&entry, &rule, first};
    }
    first += parts[i];
  }
}

// Counts, and the errors for what is missing or left over.
void BoundWeights::finish(const std::vector<NamedParameter>& parameters) {
  std::vector<std::string> missing;
  const auto only_optional = [&](const std::string& name) {
    bool found = false;
    for (const NameRule& rule : options_.rules) {
      for (const std::string& ours : rule.ours) {
        if (!detail::match_name(ours, name)) continue;
        if (!rule.optional) return false;
        found = true;
      }
    }
    return found;
  };
  for (const NamedParameter& one : parameters) {
    if (!detail::has_prefix(one.name, options_.into)) continue;
    if (has(one.name)) {
      report_.taken.push_back(one.name);
    } else {
      report_.drawn.push_back(one.name);
      if (!only_optional(one.name)) missing.push_back(one.name);
    }
  }
  std::string message;
  if (!options_.draw_missing && !missing.empty()) {
    message = "lacks " + std::to_string(missing.size()) + " of " +
              std::to_string(report_.taken.size() + report_.drawn.size()) + " parameters (" +
              detail::first_few(missing) + ")";
  }
  if (!options_.leave_unknown && !report_.left.empty()) {
    message += (message.empty() ? "" : "; ") + ("has " + std::to_string(report_.left.size())) +
               " tensors that are no parameters of the model (" + detail::first_few(report_.left) + ")";
  }
  if (!message.empty()) throw Error("E_CHECKPOINT_PARAMETERS", source_->path(), message, kOther);
}

}  // namespace strata
