// What a recipe says of a Transformer.
#pragma once

#include "strata/nn/block.hpp"
#include "strata/nn/roles.hpp"
#include "strata/plugin/slot.hpp"

namespace strata {

enum class TransformerTie { none, target, all };  // which embeddings are one

struct StackOptions {
  std::int64_t layers = 6;
  Slot<Block> block;

  void visit(auto& option) {
    option("layers", layers, "number of blocks on this side").range(1, 256);
    option("block", block, "options of the blocks on this side (left out: those of the model)");
  }
};

struct TransformerOptions {
  std::int64_t width = 512;
  Slot<Block> block{"transformer"};
  StackOptions encoder, decoder;
  Slot<Positional> positions{"sinusoidal"};
  Slot<Norm> norm{"layer_norm"};
  TransformerTie tie = TransformerTie::target;
  double dropout = 0.1;
  bool checkpoint = false;

  void visit(auto& option) {
    option("width", width, "width of the embeddings and of the blocks' inputs and outputs").range(1, 65536);
    option("block", block, "options of the blocks on both sides");
    option("encoder", encoder, "options of the encoder, which reads the source");
    option("decoder", decoder, "options of the decoder, which writes the target");
    option("positions", positions, "positional encoding of the embedded tokens");
    option("norm", norm,
           "norm after the last block of a side; used when norm_first is set, as such blocks do not end with a norm");
    option("tie", tie, "embeddings that share one matrix with the output layer: none, that of the target, or all",
           {{"none", TransformerTie::none}, {"target", TransformerTie::target}, {"all", TransformerTie::all}});
    option("dropout", dropout, "probability of dropping an element of the embedded tokens").min(0).below(1);
    option(
        "checkpoint", checkpoint,
        "switch for computing the inside of each encoder block again in the backward pass, which saves memory (Chen et "
        "al., 2016)");
  }
};

}  // namespace strata
