// Optimizer "sgd": gradient descent with momentum (Polyak, 1964), also Nesterov's (Sutskever et al., 2013).
#include <string>

#include "strata/ops/elementwise.hpp"
#include "strata/ops/update.hpp"
#include "strata/plugin.hpp"
#include "strata/train/optimizer.hpp"

namespace {
using namespace strata;

class Sgd final : public Optimizer {
 public:
  struct Options {
    double lr = 0.1, momentum = 0, weight_decay = 0;
    bool nesterov = false;
    void visit(auto& option) {
      option("lr", lr, "learning rate, which the schedule multiplies").range(0, 1000);
      option("momentum", momentum, "fraction of the last step that is added to the next (0: none)").min(0).below(1);
      option("nesterov", nesterov, "switch for Nesterov's momentum, which looks one step ahead (Nesterov, 1983)");
      option("weight_decay", weight_decay, "factor with which a parameter is added to its gradient (L2)").min(0);
    }
  };

  Sgd(const Options& options, const Facts& facts)
      : parameters_(facts.parameters()), lr_(options.lr), step_(Tensor::zeros({}, DType::i64)) {
    if (options.nesterov && options.momentum == 0) {
      throw Error("E_CONFIG_RANGE", "optimizer/nesterov", "true needs momentum, which is 0", "set momentum, say 0.9");
    }
    for (const ParameterGroup& group : facts.groups) {
      Group& made = groups_.emplace_back();
      made.update = {options.momentum, options.weight_decay * group.decay, options.nesterov};
      for (const NamedParameter& one : group.parameters) {
        const Tensor& value = one.parameter.value();
        made.tensors.parameters.push_back(value);
        if (options.momentum == 0) continue;
        made.tensors.momentum_buffers.push_back(Tensor::zeros(value.shape(), value.dtype(), value.device()));
      }
    }
  }

  void step(std::span<const Tensor> rates, const Tensor& scale) override {
    add_in_place(step_, Tensor::full({}, 1, DType::i64));
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      SgdTensors& tensors = groups_[i].tensors;
      for (const Tensor& value : tensors.parameters) tensors.gradients.push_back(value.grad());
      sgd_update(tensors, {rates[i], scale}, groups_[i].update);
      tensors.gradients.clear();
    }
  }

  double learning_rate() const override { return lr_; }

  std::vector<NamedTensor> state() override {
    std::vector<NamedTensor> state{{"step", step_}};
    auto name = parameters_.begin();
    for (const Group& group : groups_) {
      for (const Tensor& buffer : group.tensors.momentum_buffers) state.push_back({"momentum." + name++->name, buffer});
    }
    return state;
  }

 private:
  struct Group {
    SgdTensors tensors;
    SgdOptions update;
  };

  std::vector<NamedParameter> parameters_;  // group by group
  double lr_;
  std::vector<Group> groups_;
  Tensor step_;
};

}  // namespace

STRATA_PLUGIN("sgd", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Optimizer, Sgd>("sgd", "stochastic gradient descent, with or without momentum");
});
