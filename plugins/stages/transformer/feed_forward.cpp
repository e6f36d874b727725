// The position-wise feed-forward network.
#include "feed_forward.hpp"

#include "strata/ops/elementwise.hpp"

namespace strata {

FeedForward::FeedForward(const Options& options, const Shape& shape)
    : function_(options.activation),
      up_(shape.width, options.hidden),
      down_(options.hidden, shape.width),
      dropout_(options.dropout) {
  child("up", up_);
  child("down", down_);
  child("dropout", dropout_);
  if (function_ == Function::swiglu) child("gate", gate_.emplace(shape.width, options.hidden));
}

Tensor FeedForward::operator()(const Tensor& x, const Tensor&) const {
  if (function_ == Function::swiglu) {
    const Tensor gate = (*gate_)(x);  // silu(g) = g sigmoid(g)
    return down_(dropout_(gate * sigmoid(gate) * up_(x)));
  }
  return down_(dropout_(up_(x, function_ == Function::relu ? Activation::relu : Activation::gelu)));
}

}  // namespace strata
