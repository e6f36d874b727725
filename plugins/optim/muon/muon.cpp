// Optimizer "muon" (Jordan et al., 2024, "Muon: An optimizer for hidden layers in neural networks"): momentum whose
// matrix is made orthogonal, for matrices between layers, and AdamW for all other parameters.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "orthogonal.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/update.hpp"
#include "strata/plugin.hpp"
#include "strata/train/optimizer.hpp"

namespace {
using namespace strata;

// How large a step is, as a factor of the orthogonal matrix [R,C].
enum class Scale {
  rms,   // 0.2 sqrt(max(R, C)): the root mean square of a step of AdamW (Liu et al., 2025, "Muon is scalable")
  shape  // sqrt(max(1, R / C)) (Jordan et al., 2024)
};

struct Settings {
  double lr = 1e-3, momentum = 0.95, weight_decay = 0.1, adam_rate = 1;
  std::int64_t steps = 5;
  bool nesterov = true;
  Scale scale = Scale::rms;
  std::string adam_for;
  AdamOptions adam;
  Settings() {
    adam.beta2 = 0.95;
    adam.decoupled = true;
  }
  void visit(auto& option) {
    option("lr", lr, "learning rate, which the schedule multiplies").range(0, 10);
    option("momentum", momentum, "decay of the running mean of gradients of matrices").min(0).below(1);
    option("nesterov", nesterov, "switch for Nesterov's momentum, which looks one step ahead");
    option("steps", steps, "number of Newton-Schulz iterations").range(1, 20);
    option(
        "scale", scale,
        "size of a step of a matrix [R,C]: rms, 0.2 sqrt(max(R, C)), as a step of AdamW, or shape, sqrt(max(1, R / C))",
        {{"rms", Scale::rms}, {"shape", Scale::shape}});
    option("weight_decay", weight_decay, "factor by which parameters are pulled towards zero, apart from the gradient")
        .min(0);
    option("adam_for", adam_for, "beginning of the names of matrices that AdamW updates, too; an output layer, say");
    option("adam_rate", adam_rate, "factor of the learning rate of what AdamW updates").min(0);
    option("beta1", adam.beta1, "AdamW's decay of the running mean of gradients").min(0).below(1);
    option("beta2", adam.beta2, "AdamW's decay of the running mean of squared gradients").min(0).below(1);
    option("eps", adam.eps, "number that AdamW adds to the root of the mean of squares").above(0).max(1);
  }
};

class Muon final : public Optimizer {
 public:
  using Options = Settings;

  Muon(const Settings& settings, const Facts& facts) : settings_(settings), step_(Tensor::zeros({}, DType::i64)) {
    corrections_.first_correction = Tensor::zeros({}, DType::f64);
    corrections_.second_correction = Tensor::zeros({}, DType::f64);
    for (const ParameterGroup& group : facts.groups) {
      Group& made = groups_.emplace_back();
      made.adam = corrections_;
      made.update = settings.adam;
      made.decay = made.update.weight_decay = settings.weight_decay * group.decay;
      for (const NamedParameter& one : group.parameters) {
        const Tensor& value = one.parameter.value();
        const auto zeros = [&] { return Tensor::zeros(value.shape(), value.dtype(), value.device()); };
        if (is_matrix(one)) {
          made.matrices.push_back({one.name, value, zeros()});
          continue;
        }
        made.names.push_back(one.name);
        made.adam.parameters.push_back(value);
        made.adam.first_moments.push_back(zeros());
        made.adam.second_moments.push_back(zeros());
      }
    }
  }

  void step(std::span<const Tensor> rates, const Tensor& scale) override {
    adam_begin(step_, corrections_, settings_.adam);
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      Group& group = groups_[i];
      for (const Tensor& value : group.adam.parameters) group.adam.gradients.push_back(value.grad());
      const Tensor rate = settings_.adam_rate == 1 ? rates[i] : affine(rates[i], settings_.adam_rate, 0);
      adam_update(group.adam, {rate, scale}, group.update);
      group.adam.gradients.clear();
      for (const Matrix& one : group.matrices) {
        if (one.value.grad().defined()) update(one, rates[i], scale, group.decay);
      }
    }
  }

  double learning_rate() const override { return settings_.lr; }

  std::vector<NamedTensor> state() override {
    std::vector<NamedTensor> state{{"step", step_}};
    for (const Group& group : groups_) {
      for (const Matrix& one : group.matrices) state.push_back({"momentum." + one.name, one.momentum});
      for (std::size_t i = 0; i < group.names.size(); ++i) {
        state.push_back({"exp_avg." + group.names[i], group.adam.first_moments[i]});
        state.push_back({"exp_avg_sq." + group.names[i], group.adam.second_moments[i]});
      }
    }
    return state;
  }

 private:
  struct Matrix {
    std::string name;
    Tensor value, momentum;
  };
  struct Group {
    std::vector<Matrix> matrices;
    std::vector<std::string> names;  // of what AdamW updates
    AdamTensors adam;                // the corrections are those of all groups
    AdamOptions update;
    double decay = 0;
  };

  bool is_matrix(const NamedParameter& one) const {
    const bool excepted = !settings_.adam_for.empty() && one.name.starts_with(settings_.adam_for);
    return one.parameter.kind() == ParameterKind::weight && one.parameter.shape().rank() == 2 && !excepted;
  }

  // m = momentum m + (1 - momentum) g; p -= rate (weight_decay p + factor orthogonal(nesterov ? ... : m)). Where the
  // scale is not finite, nothing changes.
  void update(const Matrix& one, const Tensor& rate, const Tensor& scale, double decay) const {
    const DType dtype = one.value.dtype();
    const Tensor largest = Tensor::full({}, std::numeric_limits<float>::max(), scale.dtype(), scale.device());
    const Tensor finite = less_equal(abs(scale), largest);
    const Tensor gradient = mul(one.value.grad(), cast(scale, dtype));
    const auto mean = [&](const Tensor& old) {
      return add(affine(old, settings_.momentum, 0), affine(gradient, 1 - settings_.momentum, 0));
    };
    const Tensor momentum = mean(one.momentum);
    const Tensor direction =
        muon::orthogonalised(settings_.nesterov ? mean(momentum) : momentum, static_cast<int>(settings_.steps));
    const auto rows = static_cast<double>(one.value.size(0)), columns = static_cast<double>(one.value.size(1));
    const double factor = settings_.scale == Scale::rms ? 0.2 * std::sqrt(std::max(rows, columns))
                                                        : std::sqrt(std::max(1.0, rows / columns));
    Tensor change = affine(direction, -factor, 0);
    if (decay != 0) change = sub(change, affine(one.value.detach(), decay, 0));
    const Tensor moved = add(one.value.detach(), mul(change, cast(rate, dtype)));
    const Tensors to{one.momentum, one.value},
        from{where(finite, momentum, one.momentum), where(finite, moved, one.value.detach())};
    copy_into(to, from);
  }

  Settings settings_;
  AdamTensors corrections_;  // holds nothing else
  std::vector<Group> groups_;
  Tensor step_;
};

}  // namespace

STRATA_PLUGIN("muon", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Optimizer, Muon>(
      "muon", "Muon: orthogonal momentum for matrices, AdamW for all other parameters (Jordan et al., 2024)");
});
