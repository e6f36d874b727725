// Init, Parameter and Buffer.
#include "strata/nn/parameter.hpp"

#include <cmath>

#include "ops/trained.hpp"
#include "strata/core/error.hpp"
#include "strata/nn/buffer.hpp"
#include "strata/tensor/context.hpp"

namespace strata {

Init Init::xavier(std::int64_t fan_in, std::int64_t fan_out) {
  return uniform(std::sqrt(6.0 / static_cast<double>(fan_in + fan_out)));
}

ParameterKind default_kind(std::string_view name, const Shape& shape) {
  const std::size_t dot = name.rfind('.');
  const std::string_view last = dot == std::string_view::npos ? name : name.substr(dot + 1);
  if (last.substr(0, 4) == "bias") return ParameterKind::bias;
  return shape.rank() < 2 ? ParameterKind::norm : ParameterKind::weight;
}

const Tensor& Parameter::value() const {
  if (quantized() && !state_->value.defined()) {
    state_->value = dequantize(state_->rows);
    state_->value.set_constant(true);
  }
  if (state_ == nullptr || !state_->value.defined()) {
    throw Error("E_INTERNAL", "[parameter]",
                (state_ == nullptr ? "an empty handle" : state_->name) + " was used before it was materialised");
  }
  return state_->value;
}

void Parameter::set_trainable(bool on) const {
  ParameterState& state = *state_;
  if (state.trainable == on) return;
  if (state.kind == ParameterKind::buffer) {
    throw Error("E_MODEL_PARAMETER", state.name, "is a buffer, which is never trained",
                "declare it by parameter() if it shall be");
  }
  state.trainable = on;
  detail::flip_trained(state_.get());
  if (!state.value.defined() || quantized()) return;
  state.value.require_grad(on);
  if (!on) state.value.set_grad({});
}

void Buffer::assign(const Tensor& x) const {
  const Tensor& mine = value();
  if (!(x.shape() == mine.shape())) {
    throw Error("E_SHAPE", "[buffer]", x.str() + " into a buffer " + mine.str());
  }
  if (context().recomputing) return;
  const NoGrad scope;
  copy_into(mine, x.detach());
}

}  // namespace strata
