// Stage 3: the Transformer, and the parts that later stages use.
#include <strata/plugin.hpp>

#include "alibi.hpp"
#include "block.hpp"
#include "feed_forward.hpp"
#include "model.hpp"
#include "norms.hpp"
#include "positions.hpp"
#include "rotary.hpp"

STRATA_PLUGIN("transformer", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Norm, strata::LayerNorm>("layer_norm", "layer normalisation over the last axis (Ba et al., 2016)");
  r.add<strata::Norm, strata::RmsNorm>("rms_norm",
                                       "root mean square normalisation over the last axis (Zhang and Sennrich, 2019)");
  r.add<strata::Positional, strata::SinusoidalPositions>(
      "sinusoidal", "positional encoding with sines and cosines (Vaswani et al., 2017)");
  r.add<strata::Positional, strata::LearnedPositions>(
      "learned", "positional encoding with a trained table (Gehring et al., 2017)");
  r.add<strata::Positional, strata::RotaryPositions>(
      "rotary", "rotary positions: queries and keys turn with their position (Su et al., 2021)", {.rotates = true});
  r.add<strata::Positional, strata::AlibiPositions>(
      "alibi", "linear biases: scores fall with the distance of a key (Press et al., 2022)", {.biases = true});
  r.add<strata::SequenceLayer, strata::FeedForward>(
      "feed_forward", "feed-forward network with one hidden layer, applied to each position (Vaswani et al., 2017)");
  r.add<strata::Block, strata::TransformerBlock>(
       "transformer",
       "Transformer block: attention and a feed-forward network, each with a residual connection and a norm")
      .needs("attention/sdpa");
  r.add<strata::Model, strata::Transformer>("transformer", "Transformer encoder-decoder (Vaswani et al., 2017)")
      .needs("attention/sdpa");
});
