// Ops that change tensors in place: optimizer updates over many tensors in one call, gradient norm, scaling. Nothing
// here is recorded; versions of the targets grow.
#pragma once

#include <span>

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// What changes from update to update, as 0-d tensors of a floating type, so that a step can be replayed.
struct UpdateScalars {
  Tensor rate;   // learning rate
  Tensor scale;  // what gradients are multiplied by: 1 / weight, clip factor; not finite: nothing changes
};

struct AdamTensors {                           // lists of one length; entry i of each has the shape of parameter i
  Tensors parameters, gradients;               // f32 or f64; an undefined gradient leaves its entry alone
  Tensors first_moments, second_moments;       // of the parameter's type
  Tensor first_correction, second_correction;  // 1 - beta1^t, 1 - beta2^t: 0-d, of the update t >= 1 about to be made
};
// Of adam_update, fixed for a run.
struct AdamOptions {
  double beta1 = 0.9, beta2 = 0.999;  // in [0, 1)
  double eps = 1e-8;                  // added to the root
  double weight_decay = 0;            // see the formula below
  bool decoupled = false;             // AdamW: the decay acts on the parameter, not through the gradient
};
// Begins an update: step += 1, and of that step t the corrections of `tensors` become 1 - beta^t. In place, so that the
// count moves with a replay. step i64 [], corrections f64 []: E_SHAPE, E_DTYPE otherwise.
STRATA_API void adam_begin(const Tensor& step, const AdamTensors& tensors, const AdamOptions& options);

// Adam (Kingma and Ba, 2015), AdamW (Loshchilov and Hutter, 2019), as PyTorch:
//   g = scale * gradient (+ weight_decay * p when not decoupled);  p -= rate * weight_decay * p when decoupled
//   m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
//   p -= rate * (m / first_correction) / (sqrt(v / second_correction) + eps)
// E_SHAPE when the lists or their shapes disagree, E_DTYPE for other types.
STRATA_API void adam_update(const AdamTensors& tensors, const UpdateScalars& scalars, const AdamOptions& options);

// Lists of one length, as AdamTensors.
struct SgdTensors {
  Tensors parameters, gradients;  // as for Adam
  Tensors momentum_buffers;       // zeros at first; empty list when momentum is 0
};
// Of sgd_update, fixed for a run.
struct SgdOptions {
  double momentum = 0;      // 0: plain SGD
  double weight_decay = 0;  // through the gradient (L2)
  bool nesterov = false;    // looks ahead by the momentum
};
// g = scale * gradient + weight_decay * p;  b = momentum b + g;  p -= rate * (nesterov ? g + momentum b : b)
// (Sutskever et al., 2013, as PyTorch). Same errors.
STRATA_API void sgd_update(const SgdTensors& tensors, const UpdateScalars& scalars, const SgdOptions& options);

// Sum of the squares of all elements -> f64 []. Undefined tensors count as zero. Fixed order: blocks of 4,096 elements
// a tensor, then the blocks, so that the result does not depend on the thread count.
STRATA_API Tensor squared_norm(std::span<const Tensor> tensors);

// min(1, limit / (sqrt(squared_norm) + 1e-6)) -> f32 []: what gradients are multiplied by so that their norm is at most
// `limit` (Pascanu et al., 2013). NaN stays NaN.
STRATA_API Tensor clip_factor(const Tensor& squared_norm, double limit);

// to[i] = from[i], converted, all in one call: copy_into for many. E_SHAPE when the lists or their shapes disagree.
STRATA_API void copy_into(std::span<const Tensor> to, std::span<const Tensor> from);

// from[i] [R,T,...] into the first R rows of to[i] [N,C,...], from place `at` of axis 1 on, all in one call: what a
// cache grows by where a step is replayed. at: i64 [], at + T <= C (E_SHAPE_INDEX). E_SHAPE when other extents
// disagree, E_DTYPE when the types of a pair do.
STRATA_API void copy_into(std::span<const Tensor> to, std::span<const Tensor> from, const Tensor& at);

// target *= factor (0-d, floating) for every target of a floating type.
STRATA_API void scale_in_place(std::span<const Tensor> targets, const Tensor& factor);

}  // namespace strata
