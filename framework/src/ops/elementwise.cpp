// Elementwise rows: unary, binary, comparison, where, cast; and their gradients.
#include "strata/ops/elementwise.hpp"

#include <cmath>
#include <numbers>

#include "ops/families.hpp"
#include "ops/infer_float.hpp"
#include "strata/ops/reduce.hpp"

namespace strata {
namespace {

using detail::infer_float;

std::string place(const OpCall& call) { return "[" + std::string(call.op.name) + "]"; }

std::vector<TensorSpec> infer_same(const OpCall& call) {
  return {spec_of(call.inputs[0].dtype(), call.inputs[0].shape())};
}
std::vector<TensorSpec> infer_binary(const OpCall& call) {
  const Tensor &a = call.inputs[0], &b = call.inputs[1];
  return {spec_of(promote(call.op.name, a.dtype(), b.dtype()), broadcast_shapes(call.op.name, a.shape(), b.shape()))};
}
std::vector<TensorSpec> infer_compare(const OpCall& call) {
  auto specs = infer_binary(call);
  specs[0].dtype = DType::boolean;
  return specs;
}
std::vector<TensorSpec> infer_logical(const OpCall& call) {
  for (const Tensor& input : call.inputs) {
    if (input.dtype() != DType::boolean) throw Error("E_DTYPE", place(call), describe(input) + " is not bool");
  }
  return call.inputs.size() == 1 ? infer_same(call) : infer_binary(call);
}
std::vector<TensorSpec> infer_where(const OpCall& call) {
  const Tensor &condition = call.inputs[0], &a = call.inputs[1], &b = call.inputs[2];
  if (condition.dtype() != DType::boolean) throw Error("E_DTYPE", place(call), describe(condition) + " is not bool");
  const Shape shape = broadcast_shapes("where", condition.shape(), broadcast_shapes("where", a.shape(), b.shape()));
  return {spec_of(promote("where", a.dtype(), b.dtype()), shape)};
}
std::vector<TensorSpec> infer_cast(const OpCall& call) {
  return {spec_of(static_cast<DType>(call.attributes.integer("dtype")), call.inputs[0].shape())};
}

// The gradient of a broadcast operand: summed back to its shape.
Tensors both(const VjpCall& call, const Tensor& a, const Tensor& b) {
  return {call.needed(0) ? sum_to(a, call.input_shape(0)) : Tensor(),
          call.needed(1) ? sum_to(b, call.input_shape(1)) : Tensor()};
}
Tensors add_vjp(const VjpCall& call) { return both(call, call.gradient(), call.gradient()); }
Tensors sub_vjp(const VjpCall& call) {
  return both(call, call.gradient(), call.needed(1) ? neg(call.gradient()) : Tensor());
}
Tensors mul_vjp(const VjpCall& call) {
  const Tensor& g = call.gradient();
  return both(call, call.needed(0) ? g * call.inputs[1] : Tensor(), call.needed(1) ? g * call.inputs[0] : Tensor());
}
Tensors div_vjp(const VjpCall& call) {
  const Tensor& g = call.gradient();
  const Tensor& b = call.inputs[1];
  return both(call, call.needed(0) ? g / b : Tensor(), call.needed(1) ? neg(g * call.outputs[0] / b) : Tensor());
}
// Of two equal values the first takes the gradient.
Tensors extremum_vjp(const VjpCall& call, const Tensor& first_wins) {
  const Tensor& g = call.gradient();
  const Tensor zero = Tensor::scalar(0, g.dtype(), g.device());
  return both(call, where(first_wins, g, zero), where(first_wins, zero, g));
}
Tensors maximum_vjp(const VjpCall& call) { return extremum_vjp(call, less_equal(call.inputs[1], call.inputs[0])); }
Tensors minimum_vjp(const VjpCall& call) { return extremum_vjp(call, less_equal(call.inputs[0], call.inputs[1])); }
Tensors where_vjp(const VjpCall& call) {
  const Tensor& g = call.gradient();
  const Tensor zero = Tensor::scalar(0, g.dtype(), g.device());
  return {Tensor(), call.needed(1) ? sum_to(where(call.inputs[0], g, zero), call.input_shape(1)) : Tensor(),
          call.needed(2) ? sum_to(where(call.inputs[0], zero, g), call.input_shape(2)) : Tensor()};
}
Tensors cast_vjp(const VjpCall& call) { return {cast(call.gradient(), call.input_specs[0].dtype)}; }
Tensors affine_vjp(const VjpCall& call) { return {affine(call.gradient(), call.attributes.number("scale"), 0)}; }

Tensors neg_vjp(const VjpCall& call) { return {neg(call.gradient())}; }
Tensors abs_vjp(const VjpCall& call) {
  const Tensor& x = call.inputs[0];
  const Tensor zero = Tensor::scalar(0, x.dtype(), x.device());
  const Tensor& g = call.gradient();
  return {where(less(zero, x), g, where(less(x, zero), neg(g), zero))};
}
Tensors exp_vjp(const VjpCall& call) { return {call.gradient() * call.outputs[0]}; }
Tensors log_vjp(const VjpCall& call) { return {call.gradient() / call.inputs[0]}; }
Tensors sqrt_vjp(const VjpCall& call) { return {call.gradient() / (call.outputs[0] * 2.0)}; }
Tensors erf_vjp(const VjpCall& call) {
  const Tensor& x = call.inputs[0];
  return {call.gradient() * exp(neg(x * x)) * (2 * std::numbers::inv_sqrtpi)};
}
Tensors sin_vjp(const VjpCall& call) { return {call.gradient() * cos(call.inputs[0])}; }
Tensors cos_vjp(const VjpCall& call) { return {neg(call.gradient() * sin(call.inputs[0]))}; }
Tensors tanh_vjp(const VjpCall& call) {
  const Tensor& y = call.outputs[0];
  return {call.gradient() * (1.0 - y * y)};
}
Tensors sigmoid_vjp(const VjpCall& call) {
  const Tensor& y = call.outputs[0];
  return {call.gradient() * y * (1.0 - y)};
}
Tensors relu_vjp(const VjpCall& call) {
  const Tensor& y = call.outputs[0];
  const Tensor zero = Tensor::scalar(0, y.dtype(), y.device());
  return {where(less(zero, y), call.gradient(), zero)};
}
constexpr std::uint64_t kFirst = 1, kBoth = 3;

constexpr Op binary(const char* name, Tensors (*vjp)(const VjpCall&), std::uint64_t inputs = 0,
                    std::uint64_t outputs = 0) {
  return {.name = name, .infer = infer_binary, .vjp = vjp, .vjp_reads_inputs = inputs, .vjp_reads_outputs = outputs};
}
constexpr Op unary(const char* name, Tensors (*vjp)(const VjpCall&), std::uint64_t inputs, std::uint64_t outputs) {
  return {.name = name, .infer = infer_float, .vjp = vjp, .vjp_reads_inputs = inputs, .vjp_reads_outputs = outputs};
}
constexpr Op predicate(const char* name, std::vector<TensorSpec> (*infer)(const OpCall&)) {
  return {.name = name, .infer = infer, .differentiable = false};
}

const Op kAdd = binary("add", add_vjp), kSub = binary("sub", sub_vjp), kMul = binary("mul", mul_vjp, kBoth),
         kDiv = binary("div", div_vjp, 2, 1), kMaximum = binary("maximum", maximum_vjp, kBoth),
         kMinimum = binary("minimum", minimum_vjp, kBoth);
const Op kNeg{.name = "neg", .infer = infer_same, .vjp = neg_vjp},
    kAffine{.name = "affine", .infer = infer_same, .vjp = affine_vjp},
    kAbs{.name = "abs", .infer = infer_same, .vjp = abs_vjp, .vjp_reads_inputs = kFirst};
const Op kExp = unary("exp", exp_vjp, 0, 1), kLog = unary("log", log_vjp, 1, 0), kSqrt = unary("sqrt", sqrt_vjp, 0, 1),
         kErf = unary("erf", erf_vjp, 1, 0), kSin = unary("sin", sin_vjp, 1, 0), kCos = unary("cos", cos_vjp, 1, 0),
         kTanh = unary("tanh", tanh_vjp, 0, 1), kSigmoid = unary("sigmoid", sigmoid_vjp, 0, 1),
         kRelu = unary("relu", relu_vjp, 0, 1);
const Op kRound{.name = "round", .infer = infer_float, .differentiable = false};
const Op kEqual = predicate("equal", infer_compare), kLess = predicate("less", infer_compare),
         kLessEqual = predicate("less_equal", infer_compare), kAnd = predicate("logical_and", infer_logical),
         kNot = predicate("logical_not", infer_logical);
const Op kWhere{.name = "where", .infer = infer_where, .vjp = where_vjp, .vjp_reads_inputs = kFirst},
    kCast{.name = "cast", .infer = infer_cast, .vjp = cast_vjp};

}  // namespace

std::vector<const Op*> detail::elementwise_ops() {
  return {&kAdd,   &kSub,   &kMul,  &kDiv,       &kMaximum, &kMinimum, &kNeg,   &kAffine,  &kAbs,
          &kExp,   &kLog,   &kSqrt, &kErf,       &kSin,     &kCos,     &kTanh,  &kSigmoid, &kRelu,
          &kRound, &kEqual, &kLess, &kLessEqual, &kAnd,     &kNot,     &kWhere, &kCast};
}

Tensor add(const Tensor& a, const Tensor& b) { return apply_one(kAdd, {a, b}); }
Tensor sub(const Tensor& a, const Tensor& b) { return apply_one(kSub, {a, b}); }
Tensor mul(const Tensor& a, const Tensor& b) { return apply_one(kMul, {a, b}); }
Tensor div(const Tensor& a, const Tensor& b) { return apply_one(kDiv, {a, b}); }
Tensor maximum(const Tensor& a, const Tensor& b) { return apply_one(kMaximum, {a, b}); }
Tensor minimum(const Tensor& a, const Tensor& b) { return apply_one(kMinimum, {a, b}); }
Tensor affine(const Tensor& x, double scale, double shift) {
  return apply(kAffine, {x}, OpAttributes().number("scale", scale).number("shift", shift))[0];
}
Tensor neg(const Tensor& x) { return apply_one(kNeg, {x}); }
Tensor abs(const Tensor& x) { return apply_one(kAbs, {x}); }
Tensor exp(const Tensor& x) { return apply_one(kExp, {x}); }
Tensor log(const Tensor& x) { return apply_one(kLog, {x}); }
Tensor sqrt(const Tensor& x) { return apply_one(kSqrt, {x}); }
Tensor erf(const Tensor& x) { return apply_one(kErf, {x}); }
Tensor sin(const Tensor& x) { return apply_one(kSin, {x}); }
Tensor cos(const Tensor& x) { return apply_one(kCos, {x}); }
Tensor tanh(const Tensor& x) { return apply_one(kTanh, {x}); }
Tensor sigmoid(const Tensor& x) { return apply_one(kSigmoid, {x}); }
Tensor relu(const Tensor& x) { return apply_one(kRelu, {x}); }
Tensor round(const Tensor& x) { return apply_one(kRound, {x}); }
Tensor equal(const Tensor& a, const Tensor& b) { return apply_one(kEqual, {a, b}); }
Tensor less(const Tensor& a, const Tensor& b) { return apply_one(kLess, {a, b}); }
Tensor less_equal(const Tensor& a, const Tensor& b) { return apply_one(kLessEqual, {a, b}); }
Tensor logical_and(const Tensor& a, const Tensor& b) { return apply_one(kAnd, {a, b}); }
Tensor logical_not(const Tensor& x) { return apply_one(kNot, {x}); }
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) { return apply_one(kWhere, {condition, a, b}); }
Tensor cast(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  return apply(kCast, {x}, OpAttributes().integer("dtype", static_cast<std::int64_t>(dtype)))[0];
}

}  // namespace strata
