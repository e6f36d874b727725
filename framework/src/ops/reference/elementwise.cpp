// Reference kernels of the elementwise ops.
#include <cmath>
#include <numbers>

#include "ops/reference/reference.hpp"

namespace strata::detail::reference {
namespace {

template <double (*f)(double)>
void unary(const KernelCall& call) {
  Array y = load(call.inputs[0]);
  for (double& value : y.values) value = f(value);
  store(call.outputs[0], y);
}

template <double (*f)(double, double)>
void binary(const KernelCall& call) {
  const Array a = load(call.inputs[0]), b = load(call.inputs[1]);
  Array y = like(call.outputs[0]);
  Extents index(y.shape.size(), 0);
  for (double& value : y.values) {
    value = f(broadcast_at(a, index), broadcast_at(b, index));
    (void)next_index(index, y.shape);
  }
  store(call.outputs[0], y);
}

double neg(double x) { return -x; }
double abs(double x) { return std::fabs(x); }
double exp(double x) { return std::exp(x); }
double log(double x) { return std::log(x); }
double sqrt(double x) { return std::sqrt(x); }
double erf(double x) { return std::erf(x); }
double sin(double x) { return std::sin(x); }
double cos(double x) { return std::cos(x); }
double tanh(double x) { return std::tanh(x); }
double relu(double x) { return x < 0 ? 0 : x; }
double gelu_tanh(double x) {
  return x * 0.5 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
}
double silu(double x) { return x / (1 + std::exp(-x)); }
double gelu(double x) { return x * 0.5 * std::erfc(-x / std::numbers::sqrt2); }
double elu(double x) { return x > 0 ? x : std::expm1(x); }
double round(double x) { return std::nearbyint(x); }
double logical_not(double x) { return x == 0 ? 1 : 0; }
double same(double x) { return x; }

double add(double a, double b) { return a + b; }
double sub(double a, double b) { return a - b; }
double mul(double a, double b) { return a * b; }
double div(double a, double b) { return a / b; }
double maximum(double a, double b) { return std::isnan(a) || std::isnan(b) ? a + b : std::fmax(a, b); }
double minimum(double a, double b) { return std::isnan(a) || std::isnan(b) ? a + b : std::fmin(a, b); }
double equal(double a, double b) { return a == b ? 1 : 0; }
double less(double a, double b) { return a < b ? 1 : 0; }
double less_equal(double a, double b) { return a <= b ? 1 : 0; }
double logical_and(double a, double b) { return a != 0 && b != 0 ? 1 : 0; }
// Integers: towards zero, and 0 where the divisor is.
double integer_div(double a, double b) { return b == 0 ? 0 : std::trunc(a / b); }

void divide(const KernelCall& call) {
  return is_floating(call.outputs[0].dtype) ? binary<div>(call) : binary<integer_div>(call);
}

void affine(const KernelCall& call) {
  const double scale = call.attributes.number("scale"), shift = call.attributes.number("shift");
  Array y = load(call.inputs[0]);
  for (double& value : y.values) value = scale * value + shift;
  store(call.outputs[0], y);
}

void where(const KernelCall& call) {
  const Array condition = load(call.inputs[0]), a = load(call.inputs[1]), b = load(call.inputs[2]);
  Array y = like(call.outputs[0]);
  Extents index(y.shape.size(), 0);
  for (double& value : y.values) {
    value = broadcast_at(condition, index) != 0 ? broadcast_at(a, index) : broadcast_at(b, index);
    (void)next_index(index, y.shape);
  }
  store(call.outputs[0], y);
}

}  // namespace

void add_elementwise(KernelRows& rows) {
  rows.push_back(reference_row("add", binary<add>));
  rows.push_back(reference_row("sub", binary<sub>));
  rows.push_back(reference_row("mul", binary<mul>));
  rows.push_back(reference_row("div", divide));
  rows.push_back(reference_row("maximum", binary<maximum>));
  rows.push_back(reference_row("minimum", binary<minimum>));
  rows.push_back(reference_row("equal", binary<equal>));
  rows.push_back(reference_row("less", binary<less>));
  rows.push_back(reference_row("less_equal", binary<less_equal>));
  rows.push_back(reference_row("logical_and", binary<logical_and>));
  rows.push_back(reference_row("logical_not", unary<logical_not>));
  rows.push_back(reference_row("neg", unary<neg>));
  rows.push_back(reference_row("abs", unary<abs>));
  rows.push_back(reference_row("affine", affine));
  rows.push_back(reference_row("exp", unary<exp>));
  rows.push_back(reference_row("log", unary<log>));
  rows.push_back(reference_row("sqrt", unary<sqrt>));
  rows.push_back(reference_row("erf", unary<erf>));
  rows.push_back(reference_row("sin", unary<sin>));
  rows.push_back(reference_row("cos", unary<cos>));
  rows.push_back(reference_row("tanh", unary<tanh>));
  rows.push_back(reference_row("sigmoid", unary<sigmoid>));
  rows.push_back(reference_row("relu", unary<relu>));
  rows.push_back(reference_row("gelu", unary<gelu>));
  rows.push_back(reference_row("gelu_tanh", unary<gelu_tanh>));
  rows.push_back(reference_row("silu", unary<silu>));
  rows.push_back(reference_row("elu", unary<elu>));
  rows.push_back(reference_row("round", unary<round>));
  rows.push_back(reference_row("where", where));
  rows.push_back(reference_row("cast", unary<same>));  // storing converts
}

}  // namespace strata::detail::reference
