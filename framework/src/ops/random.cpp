// Random rows: uniform numbers and dropout, both functions of (key, call, step, element).
#include "strata/ops/random.hpp"

#include "ops/families.hpp"
#include "ops/random_call.hpp"
#include "ops/random_record.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/random_bits.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

void check_step(const OpCall& call, const Tensor& step) {
  if (step.rank() != 0 || step.dtype() != DType::i64) {
    throw Error("E_SHAPE", "[" + std::string(call.op.name) + "]", "random_step " + describe(step) + " is not i64 []");
  }
}

std::vector<TensorSpec> infer_uniform(const OpCall& call) {
  check_step(call, call.inputs[0]);
  return {spec_of(DType::f32, call.attributes.list("shape"))};
}

std::vector<TensorSpec> infer_dropout(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  check_step(call, call.inputs[1]);
  if (!is_floating(x.dtype())) throw Error("E_DTYPE", "[dropout]", describe(x) + " is not of a floating type");
  return {spec_of(x.dtype(), x.shape())};
}

OpAttributes attributes_of(const RandomKey& key) {
  return OpAttributes().integer("key", static_cast<std::int64_t>(key.key)).integer("call", key.call);
}

Tensor uniform_at(const Tensor& step, const Shape& shape, const RandomKey& key);

// where(u < p, 0, x / (1 - p))
Tensors dropout_compose(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  const RandomKey key{static_cast<std::uint64_t>(call.attributes.integer("key")), call.attributes.integer("call")};
  const double p = call.attributes.number("p");
  const Tensor numbers = uniform_at(call.inputs[1], x.shape(), key);
  const Tensor limit = Tensor::scalar(dropout_threshold(p) * 0x1p-32, DType::f32, x.device());
  const Tensor zero = Tensor::scalar(0, x.dtype(), x.device());
  return {where(less(numbers, limit), zero, affine(x, dropout_scale(p), 0))};
}

// The same mask on the gradient.
Tensors dropout_vjp(const VjpCall& call) {
  return {apply(call.op, {call.gradient(), call.inputs[1]}, call.attributes)[0], Tensor()};
}

std::vector<TensorSpec> infer_dropout_add(const OpCall& call) {
  const Tensor &x = call.inputs[0], &residual = call.inputs[2];
  std::vector<TensorSpec> specs = infer_dropout(call);
  if (!(x.shape() == residual.shape())) {
    throw Error("E_SHAPE", "[dropout_add]", "x " + describe(x) + ", residual " + describe(residual), "of one shape");
  }
  if (x.dtype() != residual.dtype()) {
    throw Error("E_DTYPE", "[dropout_add]", "x " + describe(x) + ", residual " + describe(residual), "of one type");
  }
  return specs;
}
Tensors dropout_add_compose(const OpCall& call) {
  return {call.inputs[2] + apply(*find_op("dropout"), call.inputs.first(2), call.attributes)[0]};
}
Tensors dropout_add_vjp(const VjpCall& call) {
  Tensors gradients(3);
  if (call.needed(0)) gradients[0] = apply(*find_op("dropout"), {call.gradient(), call.inputs[1]}, call.attributes)[0];
  if (call.needed(2)) gradients[2] = call.gradient();
  return gradients;
}

const Op kDropoutAdd{.name = "dropout_add",
                     .infer = infer_dropout_add,
                     .compose = dropout_add_compose,
                     .vjp = dropout_add_vjp,
                     .vjp_reads_inputs = 2,
                     .passes_gradient = bit(2)};
const Op kUniform{.name = "uniform", .infer = infer_uniform, .differentiable = false};
const Op kDropout{
    .name = "dropout", .infer = infer_dropout, .compose = dropout_compose, .vjp = dropout_vjp, .vjp_reads_inputs = 2};

void check_probability(const char* op, double p) {
  if (p >= 0 && p < 1) return;
  throw Error("E_CONFIG_RANGE", "[" + std::string(op) + "]", "p " + std::to_string(p), "0 <= p < 1");
}

void check_key(const char* op, const RandomKey& key, const Shape& shape) {
  if (key.call < 0 || key.call > kMaxRandomCall) {
    throw Error("E_CONFIG_RANGE", "[" + std::string(op) + "]", "call " + std::to_string(key.call) + " of one key",
                "0 <= call <= 65535: give the layer's calls keys of their own");
  }
  if (shape.numel() > kMaxRandomElement)
    throw Error("E_SHAPE", "[" + std::string(op) + "]", shape.str() + " has more than 2^50 elements");
}

Tensor step_on(const std::shared_ptr<Device>& device) {
  const Tensor& step = context().random_step;
  return step.defined() ? step : Tensor::zeros({}, DType::i64, device);
}

Tensor uniform_at(const Tensor& step, const Shape& shape, const RandomKey& key) {
  return apply(kUniform, {step}, attributes_of(key).list("shape", shape))[0];
}

}  // namespace

namespace {
thread_local detail::RandomRecord* record = nullptr;
}  // namespace

detail::RandomRecord::RandomRecord() noexcept : outer_(record) { record = this; }
detail::RandomRecord::~RandomRecord() { record = outer_; }
void detail::RandomRecord::add(const RandomKey& key) {
  if (record != nullptr) record->keys_.push_back(key);
}

std::vector<const Op*> detail::random_ops() { return {&kUniform, &kDropout, &kDropoutAdd}; }

Tensor detail::random_step_for(const char* op, double p, const RandomKey& key, const Shape& shape,
                               const std::shared_ptr<Device>& device) {
  check_probability(op, p);
  check_key(op, key, shape);
  RandomRecord::add(key);
  return step_on(device);
}

Tensor uniform(const Shape& shape, const RandomKey& key) {
  check_key("uniform", key, shape);
  detail::RandomRecord::add(key);
  return uniform_at(step_on(nullptr), shape, key);
}

Tensor dropout(const Tensor& x, double p, const RandomKey& key) {
  check_probability("dropout", p);
  if (p == 0 || !context().training) return x;
  const Tensor step = detail::random_step_for("dropout", p, key, x.shape(), x.device());
  return apply(kDropout, {x, step}, attributes_of(key).number("p", p))[0];
}

Tensor dropout_add(const Tensor& x, const Tensor& residual, double p, const RandomKey& key) {
  check_probability("dropout_add", p);
  if (p == 0 || !context().training) return residual + x;
  const Tensor step = detail::random_step_for("dropout_add", p, key, x.shape(), x.device());
  return apply(kDropoutAdd, {x, step, residual}, attributes_of(key).number("p", p))[0];
}

}  // namespace strata
