// Reverse-mode differentiation over what apply() recorded.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// Called when a leaf's gradient is final, in a fixed order: a reducer overlaps its communication here.
using GradientHook = std::function<void(const Tensor& leaf)>;

// Adds d(root)/d(leaf) to grad() of every leaf that requires it. root: any shape; `seed` is its gradient (undefined:
// ones). The graph is freed as it is used; a second backward through it is E_AUTOGRAD_FREED, a saved tensor that was
// changed in place since is E_AUTOGRAD_STALE.
STRATA_API void backward(const Tensor& root, const Tensor& seed = {}, const GradientHook& hook = {});

// Runs `segment` without recording its inside; backward runs it again, recorded (Chen et al., 2016). The segment must
// be a function of `inputs` and of leaves alone; random ops inside repeat because they are counter-based.
STRATA_API Tensors checkpoint(const std::function<Tensors(std::span<const Tensor>)>& segment,
                              std::span<const Tensor> inputs);

// What gradcheck() found.
struct GradcheckReport {
  bool passed = false;  // `worst` is within the tolerance
  double worst = 0;     // largest |analytic - numeric| / max(1, |numeric|)
  std::string message;  // where the worst stood
};

// Compares backward with central differences in f64 (inputs must be f64; those that require gradients are perturbed). A
// random projection of the outputs is differentiated; `seed` fixes it.
STRATA_API GradcheckReport gradcheck(const std::function<Tensors(std::span<const Tensor>)>& function,
                                     std::span<const Tensor> inputs, double tolerance = 1e-6, std::uint64_t seed = 1);

}  // namespace strata
