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
      : parameters_(facts.parameters), settings_(settings), step_(Tensor::zeros({}, DType::i64)) {
    for (const NamedParameter& one : parameters_) {
      const Tensor& value = one.parameter.value();
      tensors_.parameters.push_back(value);
      tensors_.first_moments.push_back(Tensor::zeros(value.shape(), value.dtype(), value.device()));
      tensors_.second_moments.push_back(Tensor::zeros(value.shape(), value.dtype(), value.device()));
    }
    tensors_.first_correction = Tensor::zeros({}, DType::f64);
    tensors_.second_correction = Tensor::zeros({}, DType::f64);
  }

  void step(const Tensor& learning_rate, const Tensor& scale) override {
    tensors_.gradients.clear();
    for (const Tensor& value : tensors_.parameters) tensors_.gradients.push_back(value.grad());
    adam_begin(step_, tensors_, settings_.update);
    adam_update(tensors_, {learning_rate, scale}, settings_.update);
    tensors_.gradients.clear();
  }

  double learning_rate() const override { return settings_.lr; }

  std::vector<NamedTensor> state() override {
    std::vector<NamedTensor> state{{"step", step_}};
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      state.push_back({"exp_avg." + parameters_[i].name, tensors_.first_moments[i]});
      state.push_back({"exp_avg_sq." + parameters_[i].name, tensors_.second_moments[i]});
    }
    return state;
  }

 private:
  std::vector<NamedParameter> parameters_;
  Settings settings_;
  AdamTensors tensors_;
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
