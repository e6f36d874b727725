// Ops of a training step: optimizer updates of many tensors in one call, gradient norm, scaling. They record no
// gradients; those that change tensors in place raise their versions.
#pragma once

#include <span>

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// The numbers that change from update to update. They are 0-d tensors of a floating type, so that a step can be
// recorded and replayed.
struct UpdateScalars {
  Tensor rate;   // learning rate
  Tensor scale;  // factor of the gradients: 1 / weight times the clip factor; when it is not finite, the update changes
                 // nothing
};

// The tensors of Adam. All lists have the same length, and entry i of each has the shape of parameter i.
struct AdamTensors {
  Tensors parameters, gradients;               // f32 or f64; when gradient i is undefined, parameter i does not change
  Tensors first_moments, second_moments;       // of the dtype of the parameter
  Tensor first_correction, second_correction;  // 0-d: 1 - beta1^t and 1 - beta2^t for the next update t >= 1
};
// The options of adam_update(), fixed for a run.
struct AdamOptions {
  double beta1 = 0.9, beta2 = 0.999;  // in [0, 1)
  double eps = 1e-8;                  // number added to the root of the second moment
  double weight_decay = 0;            // weight decay: see the formula below
  bool decoupled = false;  // true for AdamW: the decay acts on the parameter itself and not through the gradient
};
// Begins update t: adds 1 to `step`, which gives t, and sets the corrections of `tensors` to 1 - beta^t. Both happen in
// place, so that a replay counts as well. step i64 [], corrections f64 []; else it throws E_SHAPE or E_DTYPE.
STRATA_API void adam_begin(const Tensor& step, const AdamTensors& tensors, const AdamOptions& options);

// Adam (Kingma and Ba, 2015), AdamW (Loshchilov and Hutter, 2019), as PyTorch:
//   g = scale * gradient (+ weight_decay * p when not decoupled);  p -= rate * weight_decay * p when decoupled
//   m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
//   p -= rate * (m / first_correction) / (sqrt(v / second_correction) + eps)
// Throws E_SHAPE when the lists or their shapes differ, and E_DTYPE for other types.
STRATA_API void adam_update(const AdamTensors& tensors, const UpdateScalars& scalars, const AdamOptions& options);

// The tensors of SGD: lists of the same length, as in AdamTensors.
struct SgdTensors {
  Tensors parameters, gradients;  // as in AdamTensors
  Tensors momentum_buffers;       // running sums of gradients, zeros at first; an empty list when momentum is 0
};
// The options of sgd_update(), fixed for a run.
struct SgdOptions {
  double momentum = 0;      // 0: plain SGD
  double weight_decay = 0;  // L2 penalty, added to the gradient: see the formula below
  bool nesterov = false;    // true for Nesterov's momentum: see the formula below
};
// g = scale * gradient + weight_decay * p; b = momentum b + g; p -= rate * (nesterov ? g + momentum b : b) (Sutskever
// et al., 2013, as PyTorch). Throws what adam_update() throws.
STRATA_API void sgd_update(const SgdTensors& tensors, const UpdateScalars& scalars, const SgdOptions& options);

// Returns the sum of the squares of all elements, f64 []. Undefined tensors count as zero. Each tensor is summed in
// blocks of 4,096 elements, then the blocks are summed in a fixed order, so that the result does not depend on the
// number of threads.
STRATA_API Tensor squared_norm(std::span<const Tensor> tensors);

// Returns min(1, limit / (sqrt(squared_norm) + 1e-6)), f32 []: the factor with which the norm of the gradients becomes
// at most `limit` (Pascanu et al., 2013). NaN gives NaN.
STRATA_API Tensor clip_factor(const Tensor& squared_norm, double limit);

// Copies from[i] into to[i] for all i in one call; dtypes are converted. Throws E_SHAPE when the lists or their shapes
// differ.
STRATA_API void copy_into(std::span<const Tensor> to, std::span<const Tensor> from);

// Copies from[i] [R,T,...] into the first R rows of to[i] [N,C,...], at positions `at` to at + T - 1 of axis 1, for all
// i in one call. Replayed steps extend their caches with it. at: i64 []. Throws E_SHAPE_INDEX when at + T > C, E_SHAPE
// when other extents differ, and E_DTYPE when the dtypes of a pair differ.
STRATA_API void copy_into(std::span<const Tensor> to, std::span<const Tensor> from, const Tensor& at);

// Multiplies every target of a floating type by `factor` (0-d, floating) in place.
STRATA_API void scale_in_place(std::span<const Tensor> targets, const Tensor& factor);

}  // namespace strata
