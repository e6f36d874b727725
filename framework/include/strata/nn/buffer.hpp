// Buffer: a tensor of a layer that is saved and never trained, such as a running mean or the factors of a scaler.
#pragma once

#include <utility>

#include "strata/core/export.hpp"
#include "strata/nn/parameter.hpp"

namespace strata {

// A handle of a buffer; copies of the handle are the same buffer. A buffer has a name, a shape and initial values as a
// parameter has, and lies in model.safetensors beside the parameters. It gets no gradient and is passed to no
// optimizer.
class STRATA_API Buffer {
 public:
  Buffer() = default;
  // Makes another handle of an existing buffer.
  explicit Buffer(Parameter state) : state_(std::move(state)) {}

  explicit operator bool() const { return static_cast<bool>(state_); }  // false for an empty handle
  // Returns the values in f32 (f64 in checks). Throws E_INTERNAL before materialise().
  const Tensor& value() const { return state_.value(); }
  operator const Tensor&() const { return value(); }
  const Shape& shape() const { return state_.shape(); }  // the declared shape, which is known before materialise()

  // Gives the buffer the values of x, which has its shape; dtypes are converted and gradients do not flow. x is a
  // tensor and not a number of the host, so that the assignment is replayed with a recorded step. It does nothing while
  // checkpoint() runs a segment a second time. What read value() earlier in the same step and needs it in backward()
  // makes that throw E_AUTOGRAD_STALE: assign last. Throws E_SHAPE.
  void assign(const Tensor& x) const;

 private:
  Parameter state_;
};

}  // namespace strata
