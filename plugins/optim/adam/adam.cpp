// Optimizers "adam" (Kingma and Ba, 2015) and "adamw", its decay apart from the gradient (Loshchilov and Hutter, 2019).
#include <string>

#include "strata/ops/update.hpp"
#include "strata/plugin.hpp"
#include "strata/train/optimizer.hpp"

namespace {
using namespace strata;

struct Settings {
  double lr = 1e-3;
  AdamOptions update;
  void visit(auto& option) {
    option("lr", lr, "learning rate, which the schedule multiplies").range(0, 10);
    option("beta1", update.beta1, "decay of the running mean of gradients").min(0).below(1);
    option("beta2", update.beta2, "decay of the running mean of squared gradients").min(0).below(1);
    option("eps", update.eps, "number that is added to the root of the mean of squares").above(0).max(1);
    option("weight_decay", update.weight_decay, "factor by which parameters are pulled towards zero").min(0);
  }
};

class Adam : public Optimizer {
 public:
  using Options = Settings;

  Adam(const Settings& settings, const Facts& facts)
      : parameters_(facts.parameters()), settings_(settings), step_(Tensor::zeros({}, DType::i64)) {
    corrections_.first_correction = Tensor::zeros({}, DType::f64);
    corrections_.second_correction = Tensor::zeros({}, DType::f64);
    for (const ParameterGroup& group : facts.groups) {
      Group& made = groups_.emplace_back(Group{corrections_, settings.update});
      made.update.weight_decay *= group.decay;
      for (const NamedParameter& one : group.parameters) {
        const Tensor& value = one.parameter.value();
        made.tensors.parameters.push_back(value);
        made.tensors.first_moments.push_back(Tensor::zeros(value.shape(), value.dtype(), value.device()));
        made.tensors.second_moments.push_back(Tensor::zeros(value.shape(), value.dtype(), value.device()));
      }
    }
  }

  void step(std::span<const Tensor> rates, const Tensor& scale) override {
    adam_begin(step_, corrections_, settings_.update);
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      Group& group = groups_[i];
      for (const Tensor& value : group.tensors.parameters) group.tensors.gradients.push_back(value.grad());
      adam_update(group.tensors, {rates[i], scale}, group.update);
      group.tensors.gradients.clear();
    }
  }

  double learning_rate() const override { return settings_.lr; }

  std::vector<NamedTensor> state() override {
    std::vector<NamedTensor> state{{"step", step_}};
    auto name = parameters_.begin();
    for (const Group& group : groups_) {
      for (std::size_t i = 0; i < group.tensors.parameters.size(); ++i, ++name) {
        state.push_back({"exp_avg." + name->name, group.tensors.first_moments[i]});
        state.push_back({"exp_avg_sq." + name->name, group.tensors.second_moments[i]});
      }
    }
    return state;
  }

 private:
  struct Group {
    AdamTensors tensors;  // the corrections are those of all groups
    AdamOptions update;
  };

  std::vector<NamedParameter> parameters_;  // group by group
  Settings settings_;
  AdamTensors corrections_;  // holds nothing else
  std::vector<Group> groups_;
  Tensor step_;
};

class AdamW final : public Adam {
 public:
  struct Options : Settings {
    Options() {
      update.weight_decay = 0.01;
      update.decoupled = true;
    }
  };

  AdamW(const Options& options, const Facts& facts) : Adam(options, facts) {}
};

}  // namespace

STRATA_PLUGIN("adam", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Optimizer, Adam>("adam",
                                 "Adam: steps by running means of gradients and their squares (Kingma and Ba, 2015)");
  r.add<strata::Optimizer, AdamW>(
      "adamw", "AdamW: Adam with weight decay that acts on the parameters directly (Loshchilov and Hutter, 2019)");
});
