// What a recipe says of an encoder-decoder.
#pragma once

#include "strata/nn/attention.hpp"
#include "strata/nn/recurrent_stack.hpp"
#include "strata/nn/sequence_layer.hpp"

namespace strata {

enum class Bridge { project, copy, zero };  // how the decoder's first state comes from the encoder's last
enum class Tie { none, target };            // which embeddings serve the output layer, too

struct DecoderOptions {
  Slot<Cell> cell{"lstm"};
  std::int64_t hidden = 512;
  std::int64_t layers = 1;
  double dropout = 0;
  Slot<Attention> attention;

  void visit(auto& option) {
    option("cell", cell, "recurrent cell: its name, or an object with its options");
    option("hidden", hidden, "width of the state").range(1, 65536);
    option("layers", layers, "number of layers").range(1, 64);
    option("dropout", dropout, "probability of dropping an element between layers").min(0).below(1);
    option("attention", attention,
           "attention to the source at each step (left out: the decoder knows the source by its first state only)");
  }
};

struct Seq2SeqOptions {
  std::int64_t embedding = 256;
  RecurrentOptions encoder;
  Slot<SequenceLayer> adapter;
  DecoderOptions decoder;
  Bridge bridge = Bridge::project;
  Tie tie = Tie::none;
  bool reverse_source = false;
  double dropout = 0.3;

  void visit(auto& option) {
    option("embedding", embedding, "width of the embeddings").range(1, 65536);
    option("encoder", encoder, "options of the encoder, which reads the source");
    option("adapter", adapter, "layer between the outputs of the encoder and attention (left out: none)");
    option("decoder", decoder, "options of the decoder, which writes the target");
    option("bridge", bridge,
           "way to make the first state of the decoder: project or copy the last state of the encoder, or zero",
           {{"project", Bridge::project}, {"copy", Bridge::copy}, {"zero", Bridge::zero}});
    option("tie", tie, "embeddings that the output layer shares as its weights",
           {{"none", Tie::none}, {"target", Tie::target}});
    option("reverse_source", reverse_source, "switch for reading the source from its end (Sutskever et al., 2014)");
    option("dropout", dropout,
           "probability of dropping an element of the embeddings and of the input of the output layer")
        .min(0)
        .below(1);
  }
};

}  // namespace strata
