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
      : parameters_(facts.parameters),
        lr_(options.lr),
        update_{options.momentum, options.weight_decay, options.nesterov},
        step_(Tensor::zeros({}, DType::i64)) {
    if (options.nesterov && options.momentum == 0) {
      throw Error("E_CONFIG_RANGE", "optimizer/nesterov", "true needs momentum, which is 0", "set momentum, say 0.9");
    }
    for (const NamedParameter& one : parameters_) {
      const Tensor& value = one.parameter.value();
      tensors_.parameters.push_back(value);
      if (options.momentum > 0) {
        tensors_.momentum_buffers.push_back(Tensor::zeros(value.shape(), value.dtype(), value.device()));
      }
    }
  }

  void step(const Tensor& learning_rate, const Tensor& scale) override {
    tensors_.gradients.clear();
    for (const Tensor& value : tensors_.parameters) tensors_.gradients.push_back(value.grad());
    add_in_place(step_, Tensor::full({}, 1, DType::i64));
    sgd_update(tensors_, {learning_rate, scale}, update_);
    tensors_.gradients.clear();
  }

  double learning_rate() const override { return lr_; }

  std::vector<NamedTensor> state() override {
    std::vector<NamedTensor> state{{"step", step_}};
    for (std::size_t i = 0; i < tensors_.momentum_buffers.size(); ++i) {
      state.push_back({"momentum." + parameters_[i].name, tensors_.momentum_buffers[i]});
    }
    return state;
  }

 private:
  std::vector<NamedParameter> parameters_;
  double lr_;
  SgdOptions update_;
  SgdTensors tensors_;
  Tensor step_;
};

}  // namespace

STRATA_PLUGIN("sgd", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Optimizer, Sgd>("sgd", "stochastic gradient descent, with or without momentum");
});
