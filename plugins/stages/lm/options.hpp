// LmOptions: the options of a recurrent language model in a recipe, and the preset of AWD-LSTM.
#pragma once

#include "strata/nn/cell.hpp"
#include "strata/plugin/slot.hpp"

namespace strata {

struct LmOptions {
  std::int64_t embedding = 400, hidden = 1150, layers = 2;
  Slot<Cell> cell{"lstm"};
  bool tie = true;
  double embedding_dropout = 0, input_dropout = 0, hidden_dropout = 0, output_dropout = 0;
  bool variational = true;
  double activation_penalty = 0, change_penalty = 0;

  void visit(auto& option) {
    option("embedding", embedding, "width of the embeddings").range(1, 65536);
    option("hidden", hidden, "width of the layers; the last one is as wide as the embeddings when they are tied")
        .range(1, 65536);
    option("layers", layers, "number of layers").range(1, 64);
    option("cell", cell, "recurrent cell: its name, or an object with its options");
    option("tie", tie, "switch for one matrix that is both embedding and output (Press and Wolf, 2017)");
    option("embedding_dropout", embedding_dropout,
           "probability of dropping a word from the embedding for a whole batch (Gal and Ghahramani, 2016)")
        .min(0)
        .below(1);
    option("input_dropout", input_dropout, "probability of dropping an element of the embedded tokens").min(0).below(1);
    option("hidden_dropout", hidden_dropout, "probability of dropping an element between layers").min(0).below(1);
    option("output_dropout", output_dropout, "probability of dropping an element after the last layer").min(0).below(1);
    option("variational", variational,
           "switch for one mask of a row for all of its time steps (Gal and Ghahramani, 2016), instead of one a step");
    option("activation_penalty", activation_penalty,
           "factor of the mean square of the last layer's outputs in the loss, after dropout (AR: Merity et al., 2017)")
        .min(0);
    option("change_penalty", change_penalty,
           "factor of the mean square of their change from step to step, before dropout (TAR: Merity et al., 2017)")
        .min(0);
  }
};

// Merity et al., 2018, "Regularizing and Optimizing LSTM Language Models", table 2: Penn Treebank.
struct AwdLstmOptions : LmOptions {
  AwdLstmOptions() {
    layers = 3;
    cell.put("weight_dropout", 0.5);
    embedding_dropout = 0.1, input_dropout = 0.4, hidden_dropout = 0.25, output_dropout = 0.4;
    activation_penalty = 2, change_penalty = 1;
  }
};

}  // namespace strata
