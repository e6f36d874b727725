// The position-wise feed-forward network (Vaswani et al., 2017, section 3.3), gated where asked for (Shazeer, 2020).
#pragma once

#include <optional>

#include "strata/nn/layers.hpp"
#include "strata/nn/sequence_layer.hpp"

namespace strata {

class FeedForward final : public SequenceLayer {
 public:
  enum class Function { relu, gelu, gelu_tanh, silu, swiglu };
  struct Options {
    std::int64_t hidden = 2048;
    Function activation = Function::relu;
    bool bias = true;
    double dropout = 0;
    void visit(auto& option) {
      option("hidden", hidden, "width of the hidden layer").range(1, 1 << 20);
      option("activation", activation,
             "activation of the hidden layer: relu max(0, x), gelu x Phi(x), gelu_tanh its form by tanh, silu x "
             "sigmoid(x), "
             "or swiglu silu(x W) * x V",
             {{"relu", Function::relu},
              {"gelu", Function::gelu},
              {"gelu_tanh", Function::gelu_tanh},
              {"silu", Function::silu},
              {"swiglu", Function::swiglu}});
      option("bias", bias, "switch for a bias in each product");
      option("dropout", dropout, "probability of dropping an element of the hidden layer").min(0).below(1);
    }
  };
  FeedForward(const Options& options, const Facts& facts);

  // x [B,T,C] -> [B,T,C], each position for itself.
  Tensor operator()(const Tensor& x, const Tensor& lengths) const override;

 private:
  Function function_;
  Linear up_, down_;
  std::optional<Linear> gate_;  // swiglu
  Dropout dropout_;
};

}  // namespace strata
