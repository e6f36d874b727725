// Reference kernels of the optimizer updates, the gradient norm, in-place scaling and running means.
#include <cmath>
#include <limits>

#include "ops/reference/reference.hpp"

namespace strata::detail::reference {
namespace {

// Input: t - 1. Targets: t, 1 - beta1^t, 1 - beta2^t.
void adam_begin(const KernelCall& call) {
  Array step = load(call.outputs[0]), first = load(call.outputs[1]), second = load(call.outputs[2]);
  step.flat(0) += 1;
  first.flat(0) = 1 - std::pow(call.attributes.number("beta1"), step.flat(0));
  second.flat(0) = 1 - std::pow(call.attributes.number("beta2"), step.flat(0));
  store(call.outputs[0], step);
  store(call.outputs[1], first);
  store(call.outputs[2], second);
}

// Inputs: gradients, rate, scale, 1 - beta1^t, 1 - beta2^t. Targets: parameters, first moments, second moments.
void adam(const KernelCall& call) {
  const std::int32_t count = call.output_count / 3;
  const auto scalar = [&](std::int32_t i) { return load(call.inputs[count + i]).flat(0); };
  const double rate = scalar(0), scale = scalar(1), correction1 = scalar(2), correction2 = scalar(3);
  const double beta1 = call.attributes.number("beta1"), beta2 = call.attributes.number("beta2"),
               eps = call.attributes.number("eps"), decay = call.attributes.number("weight_decay");
  const bool decoupled = call.attributes.flag("decoupled");
  if (!std::isfinite(scale)) return;
  for (std::int32_t k = 0; k < count; ++k) {
    const Array gradient = load(call.inputs[k]);
    Array p = load(call.outputs[k]), m = load(call.outputs[count + k]), v = load(call.outputs[2 * count + k]);
    for (std::int64_t i = 0; i < p.numel(); ++i) {
      const double g = scale * gradient.flat(i) + (decoupled ? 0 : decay * p.flat(i));
      if (decoupled) p.flat(i) -= rate * decay * p.flat(i);
      m.flat(i) = beta1 * m.flat(i) + (1 - beta1) * g;
      v.flat(i) = beta2 * v.flat(i) + (1 - beta2) * g * g;
      p.flat(i) -= rate * (m.flat(i) / correction1) / (std::sqrt(v.flat(i) / correction2) + eps);
    }
    store(call.outputs[k], p);
    store(call.outputs[count + k], m);
    store(call.outputs[2 * count + k], v);
  }
}

// Inputs: reported, objective, squared norm, 1 / weight, what the loss was multiplied by or none.
void update_scale(const KernelCall& call) {
  const auto number = [&](std::int32_t i) { return load(call.inputs[i]).flat(0); };
  const Array factor = input(call, 4);
  const double limit = call.attributes.number("limit"), inverse = number(3), by = factor.given() ? factor.flat(0) : 1;
  Array report = like(call.outputs[0]), scale = like(call.outputs[1]), flaw = like(call.outputs[2]);
  report.values = {number(0), number(1), std::sqrt(number(2)) / by};
  bool finite = true;
  for (const double value : report.values) finite = finite && std::isfinite(value);
  const double norm = report.flat(2) * inverse;
  flaw.flat(0) = finite ? 0 : std::numeric_limits<double>::quiet_NaN();
  scale.flat(0) = inverse / by * (limit > 0 && norm > limit ? limit / norm : 1) + flaw.flat(0);
  store(call.outputs[0], report);
  store(call.outputs[1], scale);
  store(call.outputs[2], flaw);
}

// Inputs: gradients, rate, scale. Targets: parameters, then momentum buffers where there is momentum.
void sgd(const KernelCall& call) {
  const std::int32_t count = call.input_count - 2;
  const double rate = load(call.inputs[count]).flat(0), scale = load(call.inputs[count + 1]).flat(0);
  if (!std::isfinite(scale)) return;
  const double momentum = call.attributes.number("momentum"), decay = call.attributes.number("weight_decay");
  for (std::int32_t k = 0; k < count; ++k) {
    const Array gradient = load(call.inputs[k]);
    Array p = load(call.outputs[k]), buffer(p.shape);
    if (call.output_count > count) buffer = load(call.outputs[count + k]);
    for (std::int64_t i = 0; i < p.numel(); ++i) {
      const double g = scale * gradient.flat(i) + decay * p.flat(i);
      buffer.flat(i) = momentum * buffer.flat(i) + g;
      p.flat(i) -= rate * (call.attributes.flag("nesterov") ? g + momentum * buffer.flat(i) : buffer.flat(i));
    }
    store(call.outputs[k], p);
    if (call.output_count > count) store(call.outputs[count + k], buffer);
  }
}

void squared_norm(const KernelCall& call) {
  Array total{Extents{}};
  for (std::int32_t k = 0; k < call.input_count; ++k) {
    for (const double value : load(call.inputs[k]).values) total.flat(0) += value * value;
  }
  store(call.outputs[0], total);
}

void scale_in_place(const KernelCall& call) {
  const double factor = load(call.inputs[0]).flat(0);
  for (std::int32_t k = 0; k < call.output_count; ++k) {
    Array y = load(call.outputs[k]);
    for (double& value : y.values) value *= factor;
    store(call.outputs[k], y);
  }
}

// Inputs: values, decay, 0 or what is none. Targets: means.
void mean_update(const KernelCall& call) {
  const double decay = load(call.inputs[call.output_count]).flat(0);
  if (!std::isfinite(decay + load(call.inputs[call.output_count + 1]).flat(0))) return;
  for (std::int32_t k = 0; k < call.output_count; ++k) {
    const Array value = load(call.inputs[k]);
    Array mean = load(call.outputs[k]);
    for (std::int64_t i = 0; i < mean.numel(); ++i) mean.flat(i) = decay * mean.flat(i) + (1 - decay) * value.flat(i);
    store(call.outputs[k], mean);
  }
}

}  // namespace

void add_update(KernelRows& rows) {
  rows.push_back(reference_row("adam_begin", adam_begin));
  rows.push_back(reference_row("adam_update", adam));
  rows.push_back(reference_row("update_scale", update_scale));
  rows.push_back(reference_row("sgd_update", sgd));
  rows.push_back(reference_row("squared_norm", squared_norm));
  rows.push_back(reference_row("scale_in_place", scale_in_place));
  rows.push_back(reference_row("mean_update", mean_update));
}

}  // namespace strata::detail::reference
