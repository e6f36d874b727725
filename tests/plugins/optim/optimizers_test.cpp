// Optimizers through the real door, each against its published update written out for one number in float64.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>
#include <map>

#include "plugins/load.hpp"
#include "strata/core/philox.hpp"
#include "strata/core/rng.hpp"
#include "strata/nn/layer.hpp"
#include "strata/train/optimizer.hpp"
#include "throws.hpp"

using namespace strata;
using strata_test::make;

namespace {

class Numbers final : public Layer {
 public:
  Numbers() : a(parameter("a", {3, 2}, Init::uniform(1))), b(parameter("b", {4}, Init::uniform(1))) {}
  Parameter a, b;
};

// A step of an optimizer with one group.
void step(Optimizer& optimizer, const Tensor& rate, const Tensor& scale) { optimizer.step(std::span(&rate, 1), scale); }

// One number: (parameter, scaled gradient, rate, update t >= 1) -> parameter after the update. Keeps its own state.
using Rule = std::function<double(double p, double g, double rate, int t)>;

// 20 updates with random gradients and changing rates; `rule` makes the rule of a fresh number.
void check(const std::string& spec, const std::function<Rule()>& rule) {
  constexpr std::uint64_t kSeed = 5;
  Numbers layer;
  layer.materialise(kSeed, DType::f64);
  const auto optimizer = make<Optimizer>(spec, Optimizer::Facts::of(layer.parameters()));
  Rng rng(kSeed, "gradients");
  std::vector<double> expected;
  std::vector<Rule> rules;
  for (const NamedParameter& one : layer.parameters()) {
    for (const double value : one.parameter.value().to_doubles()) {
      expected.push_back(value);
      rules.push_back(rule());
    }
  }
  for (int t = 1; t <= 20; ++t) {
    const double rate = 0.01 * (1 + t % 3), scale = 1.0 / (2 + t % 4);
    std::size_t i = 0;
    for (const NamedParameter& one : layer.parameters()) {
      std::vector<double> gradient;
      for (std::int64_t k = 0; k < one.parameter.shape().numel(); ++k, ++i) {
        gradient.push_back(rng.normal() * 3);
        expected[i] = rules[i](expected[i], scale * gradient.back(), rate, t);
      }
      one.parameter.value().set_grad(Tensor::from(gradient, one.parameter.shape()));
    }
    step(*optimizer, Tensor::scalar(rate, DType::f64), Tensor::scalar(scale, DType::f64));
  }
  double worst = 0;
  std::size_t i = 0;
  for (const NamedParameter& one : layer.parameters()) {
    for (const double value : one.parameter.value().to_doubles())
      worst = std::max(worst, std::abs(value - expected[i++]));
  }
  BOOST_TEST_MESSAGE(spec << ": largest difference " << worst << ", seed " << kSeed);
  BOOST_TEST(worst < 1e-12);
}

// As check(), with two groups: b before a, of rates and decays of their own. The rates contain the groups' factors.
void check_groups(const std::string& spec, const std::function<Rule(double factor)>& rule) {
  constexpr std::uint64_t kSeed = 6;
  Numbers layer;
  layer.materialise(kSeed, DType::f64);
  const std::vector<NamedParameter> all = layer.parameters();
  const std::vector<ParameterGroup> groups{{{all[1]}, 0.5, 0}, {{all[0]}, 3, 2}};
  const auto optimizer = make<Optimizer>(spec, Optimizer::Facts{groups});
  Rng rng(kSeed, "gradients");
  std::map<std::string, std::vector<double>> expected;
  std::map<std::string, std::vector<Rule>> rules;
  for (const ParameterGroup& group : groups) {
    const NamedParameter& one = group.parameters[0];
    expected[one.name] = one.parameter.value().to_doubles();
    for (std::size_t k = 0; k < expected[one.name].size(); ++k) rules[one.name].push_back(rule(group.decay));
  }
  for (int t = 1; t <= 20; ++t) {
    const double scale = 1.0 / (2 + t % 4);
    Tensors rates;
    for (const ParameterGroup& group : groups) {
      const double rate = 0.01 * (1 + t % 3) * group.rate;
      rates.push_back(Tensor::scalar(rate, DType::f64));
      const auto& [name, parameter] = group.parameters[0];
      std::vector<double> gradient;
      for (std::size_t k = 0; k < expected[name].size(); ++k) {
        gradient.push_back(rng.normal() * 3);
        expected[name][k] = rules[name][k](expected[name][k], scale * gradient.back(), rate, t);
      }
      parameter.value().set_grad(Tensor::from(gradient, parameter.shape()));
    }
    optimizer->step(rates, Tensor::scalar(scale, DType::f64));
  }
  double worst = 0;
  for (const NamedParameter& one : all) {
    const std::vector<double> got = one.parameter.value().to_doubles();
    for (std::size_t k = 0; k < got.size(); ++k) worst = std::max(worst, std::abs(got[k] - expected[one.name][k]));
  }
  BOOST_TEST_MESSAGE(spec << " in two groups: largest difference " << worst << ", seed " << kSeed);
  BOOST_TEST(worst < 1e-12);
}

Rule sgd(double momentum, double decay, bool nesterov) {
  return [=, b = 0.0](double p, double g, double rate, int) mutable {
    g += decay * p;
    b = momentum * b + g;
    return p - rate * (nesterov ? g + momentum * b : b);
  };
}

// Kingma and Ba (2015), algorithm 1; decoupled: Loshchilov and Hutter (2019), algorithm 2.
Rule adam(double beta1, double beta2, double eps, double decay, bool decoupled) {
  return [=, m = 0.0, v = 0.0](double p, double g, double rate, int t) mutable {
    if (!decoupled) g += decay * p;
    const double start = decoupled ? p * (1 - rate * decay) : p;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const double mean = m / (1 - std::pow(beta1, t)), square = v / (1 - std::pow(beta2, t));
    return start - rate * mean / (std::sqrt(square) + eps);
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(optimizers)

BOOST_AUTO_TEST_CASE(sgd_with_and_without_momentum) {
  check(R"("sgd")", [] { return sgd(0, 0, false); });
  check(R"({"type": "sgd", "momentum": 0.9, "weight_decay": 0.1})", [] { return sgd(0.9, 0.1, false); });
  check(R"({"type": "sgd", "momentum": 0.8, "nesterov": true})", [] { return sgd(0.8, 0, true); });
}

BOOST_AUTO_TEST_CASE(adam_and_adamw) {
  check(R"("adam")", [] { return adam(0.9, 0.999, 1e-8, 0, false); });
  check(R"({"type": "adam", "beta1": 0.5, "beta2": 0.9, "eps": 1e-3, "weight_decay": 0.1})",
        [] { return adam(0.5, 0.9, 1e-3, 0.1, false); });
  check(R"({"type": "adam", "beta1": 0})", [] { return adam(0, 0.999, 1e-8, 0, false); });
  check(R"("adamw")", [] { return adam(0.9, 0.999, 1e-8, 0.01, true); });
  check(R"({"type": "adamw", "weight_decay": 0.3})", [] { return adam(0.9, 0.999, 1e-8, 0.3, true); });
}

BOOST_AUTO_TEST_CASE(groups_have_rates_and_decays_of_their_own) {
  for (const double decay : {0.1, 0.0}) {
    const std::string with = R"(", "weight_decay": )" + std::to_string(decay);
    const std::pair<std::string, std::function<Rule(double factor)>> optimizers[] = {
        {R"({"type": "sgd)" + with + "}", [&](double factor) { return sgd(0, decay * factor, false); }},
        {R"({"type": "sgd)" + with + R"(, "momentum": 0.9, "nesterov": true})",
         [&](double factor) { return sgd(0.9, decay * factor, true); }},
        {R"({"type": "adam)" + with + "}",
         [&](double factor) { return adam(0.9, 0.999, 1e-8, decay * factor, false); }},
        {R"({"type": "adamw)" + with + "}",
         [&](double factor) { return adam(0.9, 0.999, 1e-8, decay * factor, true); }},
    };
    for (const auto& [spec, rule] : optimizers) check_groups(spec, rule);
  }
}

BOOST_AUTO_TEST_CASE(a_parameter_without_a_gradient_is_left_alone) {
  for (const char* spec : {R"({"type": "sgd", "momentum": 0.9, "weight_decay": 0.1})", R"("adam")", R"("adamw")"}) {
    Numbers layer;
    layer.materialise(1);
    const auto optimizer = make<Optimizer>(spec, Optimizer::Facts::of(layer.parameters()));
    const std::vector<double> a = layer.a.value().to_doubles(), b = layer.b.value().to_doubles();
    layer.a.value().set_grad(Tensor::full({3, 2}, 1));
    const std::uint64_t version = layer.a.value().version();
    step(*optimizer, Tensor::scalar(0.1), Tensor::scalar(1));
    BOOST_TEST(layer.b.value().to_doubles() == b, boost::test_tools::per_element());
    BOOST_TEST(layer.a.value().to_doubles() != a);
    BOOST_TEST(layer.a.value().version() > version);  // packed copies are stale
  }
}

BOOST_AUTO_TEST_CASE(state_is_the_live_tensors) {
  Numbers layer;
  layer.materialise(1);
  const auto optimizer = make<Optimizer>(R"("adam")", Optimizer::Facts::of(layer.parameters()));
  std::vector<std::string> names;
  for (const NamedTensor& one : optimizer->state()) names.push_back(one.name);
  BOOST_TEST(names == (std::vector<std::string>{"step", "exp_avg.a", "exp_avg_sq.a", "exp_avg.b", "exp_avg_sq.b"}),
             boost::test_tools::per_element());
  layer.a.value().set_grad(Tensor::full({3, 2}, 1));
  const std::vector<NamedTensor> state = optimizer->state();
  step(*optimizer, Tensor::scalar(0.1), Tensor::scalar(1));
  BOOST_TEST(state[0].value.item() == 1.0);
  BOOST_TEST(state[1].value.to_doubles()[0] == 0.1, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(options_that_make_no_sense) {
  const auto sgd_of = [](const std::string& spec) { make<Optimizer>(spec, {}); };
  strata::test::check_throws([&] { sgd_of(R"({"type": "sgd", "nesterov": true})"); }, "E_CONFIG_RANGE",
                             "optimizer/nesterov", "momentum");
  strata::test::check_throws([&] { sgd_of(R"({"type": "adam", "beta1": 1})"); }, "E_CONFIG_RANGE", "recipe.json:/beta1",
                             "");
}

BOOST_AUTO_TEST_SUITE_END()
