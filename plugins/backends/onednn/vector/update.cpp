// Adam (Kingma and Ba, 2015, algorithm 1) and gradient descent with momentum, each in one pass over its tensors.
#include "simd.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {
namespace {

void adam(const AdamStep& step) {
  const float keep1 = 1.0F - step.beta1, keep2 = 1.0F - step.beta2;
  sweep(step.count, [&](std::int64_t i, std::int64_t n) {
    const Floats p = get(step.parameter + i, n);
    const Floats g = get(step.gradient + i, n) * step.gradient_scale + p * step.coupled_decay;
    const Floats m = get(step.mean + i, n) * step.beta1 + g * keep1;
    const Floats v = get(step.variance + i, n) * step.beta2 + g * g * keep2;
    put(step.mean + i, m, n);
    put(step.variance + i, v, n);
    put(step.parameter + i, p * step.shrink - m * step.rate / (root(v) * step.variance_scale + step.epsilon), n);
  });
}

void sgd(const SgdStep& step) {
  sweep(step.count, [&](std::int64_t i, std::int64_t n) {
    const Floats p = get(step.parameter + i, n);
    Floats g = get(step.gradient + i, n) * step.scale + p * step.decay;
    if (step.buffer != nullptr) {
      const Floats b = get(step.buffer + i, n) * step.momentum + g;
      put(step.buffer + i, b, n);
      g = step.nesterov ? g + b * step.momentum : b;
    }
    put(step.parameter + i, p - g * step.rate, n);
  });
}

}  // namespace

void fill_update(VectorTable& table) {
  table.adam = adam;
  table.sgd = sgd;
}

}  // namespace strata::onednn::STRATA_ISA
