// A layer of the Transformer (Vaswani et al., 2017, section 3.1): attention over its own sequence, over another one
// where there is one, and a feed-forward network, each within a residual connection and a norm.
#pragma once

#include <memory>

#include "strata/nn/block.hpp"
#include "strata/nn/layers.hpp"
#include "strata/nn/roles.hpp"
#include "strata/nn/sequence_layer.hpp"
#include "strata/plugin/slot.hpp"

namespace strata {

class TransformerBlock final : public Block {
 public:
  struct Options {
    Slot<Attention> attention{"sdpa"};
    Slot<Attention> cross_attention;
    Slot<SequenceLayer> feed_forward{"feed_forward"};
    Slot<Norm> norm{"layer_norm"};
    bool norm_first = false;
    bool parallel = false;
    std::int64_t window = 0;
    double dropout = 0.1;

    void visit(auto& option) {
      option("attention", attention,
             "attention over the block's own sequence, and over the encoder's outputs unless cross_attention is given");
      option("cross_attention", cross_attention,
             "attention of a decoder's block over the encoder's outputs (left out: as attention)");
      option("feed_forward", feed_forward, "layer after attention, which is applied to each position");
      option("norm", norm, "norm of each part: attention, cross-attention and feed-forward");
      option("norm_first", norm_first,
             "place of the norms: before each part (Xiong et al., 2020) instead of after the residual sum");
      option(
          "parallel", parallel,
          "switch for attention and feed-forward network that both read the block's input, each through its own norm "
          "(Wang and Komatsuzaki, 2021); needs norm_first");
      option("window", window,
             "number of keys, the own position included, that a position reads at most (Child et al., 2019; 0: all)")
          .range(0, 1 << 30);
      option("dropout", dropout, "probability of dropping an element that is added to the residual").min(0).below(1);
    }
  };
  // E_MODEL_ATTENTION for a mechanism that cannot do what its place needs.
  TransformerBlock(const Options& options, const Facts& facts);

  std::string lacks(const Positional& positions) const override;
  State begin(const Tensor& memory, const Mask& mask) override;
  Tensor operator()(const Tensor& x, const Mask& mask, State& state) override;
  bool normalised() const override { return !norm_first_; }

 private:
  // Where a sublayer stands.
  struct Place {
    std::shared_ptr<Norm> norm;
    std::unique_ptr<Dropout> dropout;
  };
  Place place(const Options& options, const Facts& facts, const std::string& name);
  // x + drop(f(norm(x))), or norm(x + drop(f(x))).
  template <class Sublayer>
  Tensor within(const Place& place, const Tensor& x, const Sublayer& sublayer) const;

  Tensor attended(const Tensor& normed, const Mask& mask, State& state) const;  // of the own sequence
  Tensor fed_forward(const Tensor& normed) const;

  bool norm_first_, causal_, parallel_;
  std::int64_t window_;
  std::string attention_;                    // name of the mechanism over the own sequence
  std::shared_ptr<Attention> self_, cross_;  // cross_: null where no other sequence is read
  std::shared_ptr<SequenceLayer> feed_forward_;
  Place self_place_, cross_place_, feed_forward_place_;
};

}  // namespace strata
