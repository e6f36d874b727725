// Reverse-mode differentiation over what apply() recorded.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// A function that backward() calls with each leaf as soon as the gradient of that leaf is complete. The order of the
// calls is the same in every run, so that a reducer can send one gradient while the others are still computed.
using GradientHook = std::function<void(const Tensor& leaf)>;

// Adds d(root)/d(leaf) to grad() of every leaf that requires a gradient. `root` may have any shape; `seed` is the
// gradient of the root and has its shape (undefined: ones). The graph is freed on the way, so that a second backward
// through it throws E_AUTOGRAD_FREED. A saved tensor that was changed in place after the forward pass throws
// E_AUTOGRAD_STALE.
STRATA_API void backward(const Tensor& root, const Tensor& seed = {}, const GradientHook& hook = {});

// Runs `segment` without recording its ops, which saves memory; backward() runs it a second time and records it then
// (Chen et al., 2016). The segment must depend on `inputs` and on leaves alone. Its random ops give the same values
// both times, because they are counter-based.
STRATA_API Tensors checkpoint(const std::function<Tensors(std::span<const Tensor>)>& segment,
                              std::span<const Tensor> inputs);

// The result of gradcheck().
struct GradcheckReport {
  bool passed = false;  // true when `worst` is within the tolerance
  double worst = 0;     // largest |analytic - numeric| / max(1, |numeric|)
  std::string message;  // input and element with the largest difference
};

// Compares the gradients of backward() with central differences in f64. The inputs must be f64; those that require
// gradients are perturbed. What is differentiated is a random projection of the outputs, which `seed` fixes.
STRATA_API GradcheckReport gradcheck(const std::function<Tensors(std::span<const Tensor>)>& function,
                                     std::span<const Tensor> inputs, double tolerance = 1e-6, std::uint64_t seed = 1);

}  // namespace strata
