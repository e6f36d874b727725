// PhaseState: a phase of a loop with its optimizer, and what it has counted since the last report.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ops/replayed_step.hpp"
#include "strata/tensor/named_tensor.hpp"
#include "strata/train/observer.hpp"
#include "strata/train/optimizer.hpp"
#include "strata/train/phase.hpp"
#include "train/loss_scale.hpp"
#include "train/parameter_tree.hpp"

namespace strata::detail {

// What the next UpdateReport averages over.
struct PhaseWindow {
  std::int64_t updates = 0;
  double loss = 0, weight = 0, norm = 0;
  std::vector<double> parts;  // sums of PhaseState::parts
};

class PhaseState {
 public:
  // Makes the optimizer and the schedule. step: an update of this phase.
  PhaseState(Phase phase, const ParameterTree& tree, ReplayedStep step);

  // The parameters whose gradients an update sums and clips.
  const std::vector<NamedParameter>& trained() const noexcept { return trained_; }
  // The learning rate of the optimizer without that of a group.
  double rate(const Schedule::Position& position) const;
  Tensor group_rates(double rate) const;  // [groups], f32
  void forget_gradients() const;
  // Freezes the parameters while another phase makes an update, or makes them trainable again.
  void set_trainable(bool on) const;

  // Adds live tensors of the optimizer and the loss scale, into which loading writes.
  void add_state(std::vector<NamedTensor>& state) const;
  // Adds the state from batch to batch, which exists only after an update.
  void add_carry(std::vector<NamedTensor>& state) const;
  // Reads it from a checkpoint's file, whose entries need not be there.
  void read_carry(const std::string& path);

  // Adds the numbers of this phase to a report. several: whether the run has several phases.
  void report(UpdateReport& report, bool several) const;

  Phase phase;
  std::shared_ptr<Optimizer> optimizer;
  LossScale loss_scale;
  ReplayedStep step;
  Tensors carry;                   // state from the last batch of this phase to its next
  std::vector<std::string> parts;  // names of the parts of the loss other than "loss", from the first update on
  PhaseWindow window;

 private:
  // Names of the state in a checkpoint begin with it; empty for a single phase.
  std::string prefix() const { return phase.name.empty() ? "" : phase.name + "."; }

  std::vector<NamedParameter> trained_;
  std::vector<double> rates_;  // factor of the learning rate of each group
  std::shared_ptr<Schedule> schedule_;
};

}  // namespace strata::detail
