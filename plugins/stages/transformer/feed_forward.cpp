// The position-wise feed-forward network.
#include "feed_forward.hpp"

#include "strata/ops/elementwise.hpp"

namespace strata {

FeedForward::FeedForward(const Options& options, const Facts& facts)
    : function_(options.activation),
      up_(facts.width, options.hidden),
      down_(options.hidden, facts.width),
      dropout_(options.dropout) {
  child("up", up_);
  child("down", down_);
  child("dropout", dropout_);
  if (function_ == Function::swiglu) child("gate", gate_.emplace(facts.width, options.hidden));
}

Tensor FeedForward::operator()(const Tensor& x, const Tensor&) const {
  if (function_ == Function::swiglu) {
    const Tensor gate = (*gate_)(x);  // silu(g) = g sigmoid(g)
    return down_(dropout_(gate * sigmoid(gate) * up_(x)));
  }
  return down_(dropout_(up_(x, function_ == Function::relu ? Activation::relu : Activation::gelu)));
}

}  // namespace strata
