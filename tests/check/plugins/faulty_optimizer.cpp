// Gradient descent with momentum, written with plain loops, with one planted mistake (option "fault"), or none.
#include <strata/plugin.hpp>
#include <strata/train/optimizer.hpp>

#include <cmath>
#include <cstdlib>
#include <random>

namespace {
using namespace strata;

[[maybe_unused]] void* volatile lost = nullptr;

class FaultyOptimizer final : public Optimizer {
 public:
  struct Options {
    std::string fault = "none";
    void visit(auto& option) { option("fault", fault, "the mistake"); }
  };

  FaultyOptimizer(const Options& options, const Facts& facts)
      : fault_(options.fault),
        groups_(facts.groups),
        parameters_(facts.parameters()),
        step_(Tensor::zeros({}, DType::i64)) {
    for (const NamedParameter& one : parameters_) {
      momentum_.push_back(Tensor::zeros(one.parameter.shape(), one.parameter.value().dtype()));
    }
  }

  void step(std::span<const Tensor> rates, const Tensor& scale) override {
    if (!is("count")) step_.data<std::int64_t>()[0] += 1;
    const double factor = is("scale") ? 1 : scale.item();
    if (is("leak")) lost = std::malloc(std::size_t{1} << 20U);  // NOLINT: that is the fault
    if (is("grows")) momentum_.push_back(Tensor::zeros({1}));
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      if (is("first") && i > 0) continue;
      Tensor value = parameters_[i].parameter.value();
      std::vector<double> gradient(static_cast<std::size_t>(value.numel()));
      if (value.grad().defined()) {
        gradient = value.grad().to_doubles();
        if (is("strides")) {
          const Tensor& dense = value.grad();
          for (std::size_t k = 0; k < gradient.size(); ++k) {
            gradient[k] =
                dense.dtype() == DType::f32 ? static_cast<double>(dense.data<float>()[k]) : dense.data<double>()[k];
          }
        }
      } else if (!is("missing")) {
        continue;
      }
      const std::size_t group = group_of(i);
      double rate = is("rate") ? 1e-2 : rates[is("one_rate") ? 0 : group].item();
      if (is("factor")) rate *= groups_[group].rate;
      const double decay = 1e-3 * (is("decays") ? 1 : groups_[group].decay);
      const std::vector<double> point = value.to_doubles();
      for (std::size_t k = 0; k < gradient.size(); ++k) gradient[k] = gradient[k] * factor + decay * point[k];
      if (value.dtype() == DType::f32) {
        update<float>(value, momentum_[i], gradient, rate);
      } else {
        update<double>(value, momentum_[i], gradient, rate);
      }
      if (!is("version")) value.bump_version();
      if (is("replaces")) parameters_[i].parameter.state().value = Tensor::from(value.to_doubles(), value.shape());
    }
  }

  double learning_rate() const override { return 0.1; }

  std::vector<NamedTensor> state() override {
    std::vector<NamedTensor> state{{"step", step_}};
    for (std::size_t i = 0; i < momentum_.size() && !is("forgets"); ++i) {
      const std::string name = i < parameters_.size() ? parameters_[i].name : std::to_string(i);
      Tensor tensor = momentum_[i];
      if (is("copies")) tensor = Tensor::from(tensor.to_doubles(), tensor.shape());
      state.push_back({is("names") ? "momentum" : "momentum." + name, tensor});
    }
    return state;
  }

 private:
  bool is(std::string_view fault) const { return fault_ == fault; }

  std::size_t group_of(std::size_t parameter) const {
    std::size_t group = 0;
    while (parameter >= groups_[group].parameters.size()) parameter -= groups_[group++].parameters.size();
    return group;
  }

  template <typename T>
  void update(Tensor& value, Tensor& momentum, const std::vector<double>& gradient, double rate) const {
    static std::mt19937 chance{std::random_device{}()};  // the device itself takes microseconds a number
    T* p = value.data<T>();
    T* m = momentum.data<T>();
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const double kept = is("undamped") ? 1.0 : 0.9;
      m[i] = static_cast<T>(kept * static_cast<double>(m[i]) + gradient[i]);
      double change = rate * static_cast<double>(m[i]);
      if (is("ascends")) change = -change;
      if (is("chance")) change *= 1 + static_cast<double>(chance() % 100) * 1e-5;
      if (is("half") && gradient[i] * gradient[i] > 65504) change = HUGE_VAL;  // a square in half precision
      p[i] = is("narrow") ? static_cast<T>(static_cast<float>(p[i]) - static_cast<float>(change))
                          : static_cast<T>(static_cast<double>(p[i]) - change);
    }
  }

  std::string fault_;
  std::vector<ParameterGroup> groups_;
  std::vector<NamedParameter> parameters_;  // group by group
  Tensors momentum_;
  Tensor step_;
};

}  // namespace

STRATA_PLUGIN("faulty-optimizer", "1.0", [](strata::Registry& r) {
  r.add<strata::Optimizer, FaultyOptimizer>("faulty", "gradient descent with a mistake");
});
