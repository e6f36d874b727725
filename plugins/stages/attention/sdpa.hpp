// Scaled dot-product attention over heads (Vaswani et al., "Attention is all you need", 2017, section 3.2).
#pragma once

#include "strata/nn/head_attention.hpp"

namespace strata {

// softmax(q k^T / sqrt(D)) v for each head; as one fused op unless its weights are asked for.
class SdpaAttention final : public HeadAttention {
 public:
  struct Options : HeadAttention::Options {  // heads, kv_heads
    double dropout = 0;
    void visit(auto& option) {
      HeadAttention::Options::visit(option);
      option("dropout", dropout, "probability of dropping an attention weight").min(0).below(1);
    }
  };
  SdpaAttention(const Options& options, const Facts& facts)
      : HeadAttention(options, facts), dropout_(options.dropout) {}

  Attended heads(const Tensor& q, const Tensor& k, const Tensor& v, const HeadMask& mask) override;
  Tensor heads_in_place(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& origin, const Tensor& used,
                        const Tensor& first) override;

 private:
  // The same by scores, which the values of HeadMask::bias() are added to.
  Attended biased(const Tensor& q, const Tensor& k, const Tensor& v, const HeadMask& mask) const;

  double dropout_;
};

}  // namespace strata
