// The position-wise feed-forward network.
#include "feed_forward.hpp"

#include "strata/ops/elementwise.hpp"

namespace strata {

FeedForward::FeedForward(const Options& options, const Facts& facts)
    : function_(options.activation),
      up_(facts.width, options.hidden, options.bias),
      down_(options.hidden, facts.width, options.bias),
      dropout_(options.dropout) {
  child("up", up_);
  child("down", down_);
  child("dropout", dropout_);
  if (function_ == Function::swiglu) child("gate", gate_.emplace(facts.width, options.hidden, options.bias));
}

Tensor FeedForward::operator()(const Tensor& x, const Tensor&) const {
  if (function_ == Function::swiglu) {
    const Tensors both = Linear::together(x, {&*gate_, &up_});
    return down_(dropout_(silu(both[0]) * both[1]));
  }
  if (function_ == Function::gelu_tanh) return down_(dropout_(gelu_tanh(up_(x))));
  if (function_ == Function::silu) return down_(dropout_(silu(up_(x))));
  return down_(dropout_(up_(x, function_ == Function::relu ? Activation::relu : Activation::gelu)));
}

}  // namespace strata
