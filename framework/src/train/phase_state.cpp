// PhaseState.
#include "train/phase_state.hpp"

#include <cmath>
#include <utility>

#include "strata/checkpoint/safetensors.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/tensor/context.hpp"
#include "train/parameter_groups.hpp"

namespace strata::detail {

PhaseState::PhaseState(Phase from, const ParameterTree& tree, ReplayedStep made_step)
    : phase(std::move(from)), step(std::move(made_step)) {
  const Optimizer::Facts facts{make_groups(tree, phase)};
  trained_ = facts.parameters();
  for (const ParameterGroup& group : facts.groups) rates_.push_back(group.rate);
  optimizer = phase.options.optimizer.make(facts);
  schedule_ = phase.options.schedule.make();
  loss_scale.start(context().compute == DType::f16);
}

double PhaseState::rate(const Schedule::Position& position) const {
  return optimizer->learning_rate() * in_plugin("factor()", *schedule_, [&] { return schedule_->factor(position); });
}

// Each is rounded once, as the only one is that a run without groups has.
Tensor PhaseState::group_rates(double rate) const {
  std::vector<float> rates;
  for (const double factor : rates_) rates.push_back(static_cast<float>(rate * factor));
  return Tensor::from(rates, {static_cast<std::int64_t>(rates.size())});
}

void PhaseState::forget_gradients() const {
  for (const NamedParameter& one : trained_) one.parameter.value().set_grad({});
}

void PhaseState::set_trainable(bool on) const {
  for (const NamedParameter& one : trained_) one.parameter.set_trainable(on);
}

void PhaseState::add_state(std::vector<NamedTensor>& state) const {
  std::vector<NamedTensor> mine = optimizer->state();
  loss_scale.add_state(mine);
  for (NamedTensor& one : mine) state.push_back({prefix() + one.name, one.value});
}

void PhaseState::add_carry(std::vector<NamedTensor>& state) const {
  for (std::size_t i = 0; i < carry.size(); ++i) {
    state.push_back({prefix() + "carry." + std::to_string(i), carry[i]});
  }
}

void PhaseState::read_carry(const std::string& path) {
  const SafetensorsFile file(path);
  carry.clear();
  while (const SafetensorsFile::Entry* entry = file.find(prefix() + "carry." + std::to_string(carry.size()))) {
    carry.push_back(file.read(*entry));
  }
}

void PhaseState::report(UpdateReport& report, bool several) const {
  if (window.updates == 0) return;
  const double loss = window.loss / window.weight, norm = window.norm / static_cast<double>(window.updates);
  if (several) {
    report.values.push_back({"loss/" + phase.name, loss});
    report.values.push_back({"gradient_norm/" + phase.name, norm});
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    report.values.push_back({parts[i], window.parts[i] / window.weight});
  }
}

}  // namespace strata::detail
