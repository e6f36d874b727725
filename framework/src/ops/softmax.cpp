// Rows over the last axis that exponentiate: softmax, log_softmax, and the cross-entropy that is never a probability in
// memory when a kernel serves it. All compute in f32 (f64 for f64).
#include <limits>

#include "ops/check_index.hpp"
#include "ops/families.hpp"
#include "strata/ops/cross_entropy.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"

namespace strata {
namespace {

DType wide_of(DType dtype) { return dtype == DType::f64 ? DType::f64 : DType::f32; }
Tensor wide(const Tensor& x) { return cast(x, wide_of(x.dtype())); }
Tensor scalar_like(double value, const Tensor& x) { return Tensor::scalar(value, x.dtype(), x.device()); }

void want_rows(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  const std::string place = "[" + std::string(call.op.name) + "]";
  if (!is_floating(x.dtype()))
    throw Error("E_DTYPE", place, describe(x) + " is not of a floating type", "cast it first");
  if (x.rank() < 1 || x.size(-1) < 1) throw Error("E_SHAPE", place, describe(x) + " has no last axis to work over");
}

std::vector<TensorSpec> infer_softmax(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  want_rows(call);
  if (call.has(1)) {
    const Tensor& mask = call.inputs[1];
    if (mask.dtype() != DType::boolean) throw Error("E_DTYPE", "[softmax]", "mask " + describe(mask) + " is not bool");
    if (!(broadcast_shapes("softmax", x.shape(), mask.shape()) == x.shape())) {
      throw Error("E_SHAPE", "[softmax]", "mask " + describe(mask) + ", x " + describe(x), "the mask broadcasts to x");
    }
  }
  return {spec_of(x.dtype(), x.shape())};
}

// exp(x - max) / sum over the kept; a masked element is replaced before exp, so that neither it nor its gradient
// overflows.
Tensors compose_softmax(const OpCall& call) {
  const Tensor x = wide(call.inputs[0]);
  if (!call.has(1)) {
    const Tensor e = exp(x - max(x.detach(), -1, true));
    return {cast(e / sum(e, {-1}, true), call.inputs[0].dtype())};
  }
  const Tensor& mask = call.inputs[1];
  const Tensor zero = scalar_like(0, x);
  const Tensor lowest = scalar_like(std::numeric_limits<float>::lowest(), x);
  const Tensor highest = max(where(mask, x.detach(), lowest), -1, true);
  const Tensor e = where(mask, exp(where(mask, x - highest, zero)), zero);
  const Tensor total = sum(e, {-1}, true);
  const Tensor divisor = where(less(zero, total), total, scalar_like(1, x));  // no key: 0 / 1
  return {cast(e / divisor, call.inputs[0].dtype())};
}

// dx = y (g - sum(g y)); a masked element has y = 0.
Tensors softmax_vjp(const VjpCall& call) {
  const Tensor y = wide(call.outputs[0]), g = wide(call.gradient());
  return {cast(y * (g - sum(g * y, {-1}, true)), call.input_specs[0].dtype), Tensor()};
}

std::vector<TensorSpec> infer_log_softmax(const OpCall& call) {
  want_rows(call);
  return {spec_of(wide_of(call.inputs[0].dtype()), call.inputs[0].shape())};
}
Tensors compose_log_softmax(const OpCall& call) {
  const Tensor x = wide(call.inputs[0]);
  const Tensor shifted = x - max(x.detach(), -1, true);
  return {shifted - log(sum(exp(shifted), {-1}, true))};
}
// dx = g - softmax(x) sum(g)
Tensors log_softmax_vjp(const VjpCall& call) {
  const Tensor& g = call.gradient();
  return {cast(g - exp(call.outputs[0]) * sum(g, {-1}, true), call.input_specs[0].dtype)};
}

std::vector<TensorSpec> infer_xent(const OpCall& call) {
  const Tensor &logits = call.inputs[0], &targets = call.inputs[1];
  want_rows(call);
  const Shape shape(std::span(logits.shape().begin(), static_cast<std::size_t>(logits.rank() - 1)));
  if (!(targets.shape() == shape)) {
    throw Error("E_SHAPE", "[softmax_xent]", "logits " + describe(logits) + ", targets " + describe(targets),
                "the targets have the shape of the logits without their last axis");
  }
  const double smoothing = call.attributes.number("smoothing");
  if (!(smoothing >= 0 && smoothing <= 1)) {
    throw Error("E_CONFIG_RANGE", "[softmax_xent]", "smoothing " + std::to_string(smoothing), "0 <= smoothing <= 1");
  }
  detail::check_indices("softmax_xent", targets, logits.size(-1), call.attributes.integer("ignore"));
  const TensorSpec losses = spec_of(wide_of(logits.dtype()), shape);
  if (call.attributes.flag("nll")) return {losses, losses};
  return {losses};
}

struct Targets {
  Tensor valid;  // bool [...]
  Tensor ids;    // i64 [...], 0 where ignored
};
Targets targets_of(const Tensor& targets, std::int64_t ignore) {
  const Tensor ignored = equal(targets, Tensor::scalar(static_cast<double>(ignore), DType::i64, targets.device()));
  const Tensor zero = Tensor::zeros({}, DType::i64, targets.device());
  return {logical_not(ignored), where(ignored, zero, targets)};
}

// -(1 - smoothing) log p[target] - smoothing mean(log p); where "nll" is set also -log p[target], for reports.
Tensors compose_xent(const OpCall& call) {
  const double smoothing = call.attributes.number("smoothing");
  const Targets targets = targets_of(call.inputs[1], call.attributes.integer("ignore"));
  const Tensor log_p = log_softmax(call.inputs[0]);
  const Tensor picked = pick(log_p, targets.ids);
  Tensor loss = affine(picked, smoothing - 1, 0);
  if (smoothing > 0) loss = loss - affine(mean(log_p, {-1}), smoothing, 0);
  const auto where_valid = [&](const Tensor& x) { return where(targets.valid, x, scalar_like(0, x)); };
  if (!call.attributes.flag("nll")) return {where_valid(loss)};
  return {where_valid(loss), where_valid(neg(picked.detach()))};
}

// dlogits = g (softmax(logits) - smoothing / V - (1 - smoothing) [j == target]); rows that are ignored have g = 0.
Tensors xent_vjp(const VjpCall& call) {
  const double smoothing = call.attributes.number("smoothing");
  const Tensor& logits = call.inputs[0];
  const Targets targets = targets_of(call.inputs[1], call.attributes.integer("ignore"));
  const Tensor g = where(targets.valid, call.gradient(), scalar_like(0, call.gradient()));  // [...]
  const Tensor p = softmax(wide(logits));                                                   // [..., V]
  const Tensor d = affine(p, 1, -smoothing / static_cast<double>(logits.size(-1))) * unsqueeze(g, -1);
  scatter_pick(d, affine(g, smoothing - 1, 0), targets.ids);
  return {cast(d, logits.dtype()), Tensor()};
}

const Op kSoftmax{
    .name = "softmax", .infer = infer_softmax, .compose = compose_softmax, .vjp = softmax_vjp, .vjp_reads_outputs = 1};
const Op kLogSoftmax{.name = "log_softmax",
                     .infer = infer_log_softmax,
                     .compose = compose_log_softmax,
                     .vjp = log_softmax_vjp,
                     .vjp_reads_outputs = 1};
const Op kXent{
    .name = "softmax_xent", .infer = infer_xent, .compose = compose_xent, .vjp = xent_vjp, .vjp_reads_inputs = 3};

}  // namespace

std::vector<const Op*> detail::softmax_ops() { return {&kSoftmax, &kLogSoftmax, &kXent}; }

Tensor softmax(const Tensor& x, const Tensor& mask) { return apply_one(kSoftmax, {x, mask}); }
Tensor log_softmax(const Tensor& x) { return apply_one(kLogSoftmax, {x}); }
CrossEntropy cross_entropy(const Tensor& logits, const Tensor& targets, double smoothing, std::int64_t ignore) {
  if (smoothing == 0) {
    const Tensor loss = softmax_xent(logits, targets, 0, ignore);
    return {loss, loss.detach()};
  }
  const Tensors both = apply(kXent, {logits, targets},
                             OpAttributes().number("smoothing", smoothing).integer("ignore", ignore).integer("nll", 1));
  return {both[0], both[1].detach()};
}

Tensor softmax_xent(const Tensor& logits, const Tensor& targets, double smoothing, std::int64_t ignore) {
  return apply(kXent, {logits, targets}, OpAttributes().number("smoothing", smoothing).integer("ignore", ignore))[0];
}

}  // namespace strata
