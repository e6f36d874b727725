// The gradient of a formula, from its last value to its first: by the same rules as the gradients of the ops
// (ops/elementwise.cpp), but without a rounding between two of them.
#include <numbers>

#include "ops/program/formula.hpp"

namespace strata::detail {
namespace {

bool has_rule(Step step) {
  switch (step) {
    case Step::constant:
    case Step::round:
    case Step::equal:
    case Step::less:
    case Step::less_equal:
    case Step::logical_and:
    case Step::logical_not: return false;
    default: return true;
  }
}

class Sweep {
 public:
  Sweep(const Formula& of, std::uint64_t needs)
      : out_(of), reached_(of.values.size()), adjoints_(of.values.size(), -1) {
    out_.results.clear();
    for (std::size_t v = 0; v < of.values.size(); ++v) {
      const Value& value = of.values[v];
      if (value.step == Step::load) reached_[v] = ((needs >> static_cast<unsigned>(value.index)) & 1U) != 0;
      if (!value.passes || !has_rule(value.step)) continue;
      for (std::size_t k = value.step == Step::where ? 1 : 0; k < 3; ++k) {
        if (value.operands[k] >= 0 && reached_[at(value.operands[k])]) reached_[v] = true;
      }
    }
  }

  // Of output `value`; the gradient is an input.
  void seed(int value, int input) {
    if (reached_[at(value)]) add(value, out_.input(input));
  }

  GradientFormula run() {
    GradientFormula gradients;
    for (std::size_t v = reached_.size(); v-- > 0;) {
      if (adjoints_[v] < 0) continue;
      const Value value = out_.values[v];
      if (value.step != Step::load) {
        differentiate(value, static_cast<int>(v), adjoints_[v]);
        continue;
      }
      out_.results.push_back({adjoints_[v], DType::f64});  // rounded where it is stored, to whatever that is
      gradients.inputs.push_back(value.index);
    }
    gradients.formula = std::move(out_);
    return gradients;
  }

 private:
  static std::size_t at(int value) { return static_cast<std::size_t>(value); }
  int make(Step step, int a, int b = -1, int c = -1) { return out_.step(step, a, b, c); }

  void add(int value, int gradient) {
    if (value < 0 || !reached_[at(value)]) return;
    int& adjoint = adjoints_[at(value)];
    adjoint = adjoint < 0 ? gradient : make(Step::add, adjoint, gradient);
  }
  bool wanted(int value) const { return reached_[at(value)]; }

  // The gradient where `condition` holds, and elsewhere.
  void choose(int condition, int where_true, int where_false, int g) {
    const int zero = out_.constant(0);
    if (wanted(where_true)) add(where_true, make(Step::where, condition, g, zero));
    if (wanted(where_false)) add(where_false, make(Step::where, condition, zero, g));
  }

  void differentiate(const Value& value, int y, int g) {
    const auto [a, b, c] = value.operands;
    switch (value.step) {
      case Step::affine: return add(a, out_.affine(g, value.scale, 0));
      case Step::add: return add(a, g), add(b, g);
      case Step::sub:
        add(a, g);
        if (wanted(b)) add(b, make(Step::neg, g));
        return;
      case Step::mul:
        if (wanted(a)) add(a, make(Step::mul, g, b));
        if (wanted(b)) add(b, make(Step::mul, g, a));
        return;
      case Step::div:
        if (wanted(a)) add(a, make(Step::div, g, b));
        if (wanted(b)) add(b, make(Step::neg, make(Step::div, make(Step::mul, g, y), b)));
        return;
      case Step::maximum: return choose(make(Step::less_equal, b, a), a, b, g);
      case Step::minimum: return choose(make(Step::less_equal, a, b), a, b, g);
      case Step::where: return choose(a, b, c, g);
      case Step::narrow: return add(a, g);
      default: return add(a, through(value.step, a, y, g));
    }
  }

  // Of a function of one value.
  int through(Step step, int x, int y, int g) {
    switch (step) {
      case Step::neg: return make(Step::neg, g);
      case Step::abs: {
        const int zero = out_.constant(0);
        const int below = make(Step::where, make(Step::less, x, zero), make(Step::neg, g), zero);
        return make(Step::where, make(Step::less, zero, x), g, below);
      }
      case Step::exp: return make(Step::mul, g, y);
      case Step::log: return make(Step::div, g, x);
      case Step::sqrt: return make(Step::div, g, out_.affine(y, 2, 0));
      case Step::erf: {
        const int bell = make(Step::exp, make(Step::neg, make(Step::mul, x, x)));
        return out_.affine(make(Step::mul, g, bell), 2 * std::numbers::inv_sqrtpi, 0);
      }
      case Step::sin: return make(Step::mul, g, make(Step::cos, x));
      case Step::cos: return make(Step::neg, make(Step::mul, g, make(Step::sin, x)));
      case Step::tanh: return make(Step::tanh_gradient, y, g);
      case Step::sigmoid: return make(Step::sigmoid_gradient, y, g);
      case Step::relu: return make(Step::relu_gradient, y, g);
      default: return make(Step::gelu_gradient, x, g);
    }
  }

  Formula out_;
  std::vector<bool> reached_;  // the values that a needed input has a part in
  std::vector<int> adjoints_;  // of the first values; -1: none so far
};

}  // namespace

GradientFormula gradient_of(const Formula& of, int input_count, std::uint64_t needs, std::uint64_t given) {
  Sweep sweep(of, needs);
  for (std::size_t o = 0; o < of.results.size(); ++o) {
    if (((given >> o) & 1U) != 0) sweep.seed(of.results[o].value, input_count + static_cast<int>(o));
  }
  return sweep.run();
}

}  // namespace strata::detail
