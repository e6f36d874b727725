// Stage 3: the Transformer, and the parts that later stages use.
#include <strata/plugin.hpp>

#include "block.hpp"
#include "feed_forward.hpp"
#include "model.hpp"
#include "norms.hpp"
#include "positions.hpp"

STRATA_PLUGIN("transformer", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Norm, strata::LayerNorm>("layer_norm", "norm over the last axis (Ba et al., 2016)");
  r.add<strata::Positional, strata::SinusoidalPositions>("sinusoidal", "sines and cosines (Vaswani et al., 2017)");
  r.add<strata::Positional, strata::LearnedPositions>("learned", "trained table (Gehring et al., 2017)");
  r.add<strata::SequenceLayer, strata::FeedForward>("feed_forward", "two products, position by position");
  r.add<strata::Block, strata::TransformerBlock>("transformer", "attention and feed-forward within residuals and norms")
      .needs("attention/sdpa");
  r.add<strata::Model, strata::Transformer>("transformer", "encoder-decoder of attention alone (Vaswani et al., 2017)")
      .needs("attention/sdpa");
});
