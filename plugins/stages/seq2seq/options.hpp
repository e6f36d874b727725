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
    option("cell", cell, "recurrence: its name, or an object with options of its own");
    option("hidden", hidden, "width of the state").range(1, 65536);
    option("layers", layers, "number of layers").range(1, 64);
    option("dropout", dropout, "probability of dropping an element between layers").min(0).below(1);
    option("attention", attention,
           "attention to the source at each step (left out: the source is known by the first state alone)");
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
    option("encoder", encoder, "part that reads the source");
    option("adapter", adapter, "layer over the encoder's outputs, before attention reads them");
    option("decoder", decoder, "part that writes the target");
    option("bridge", bridge, "first state of the decoder: projected from the encoder's last, copied from it, or zero",
           {{"project", Bridge::project}, {"copy", Bridge::copy}, {"zero", Bridge::zero}});
    option("tie", tie, "embeddings that are weights of the output layer as well",
           {{"none", Tie::none}, {"target", Tie::target}});
    option("reverse_source", reverse_source, "reading of the source from its end (Sutskever et al., 2014)");
    option("dropout", dropout, "probability of dropping an element of the embeddings and of the output layer's input")
        .min(0)
        .below(1);
  }
};

}  // namespace strata
