// RecurrentStack: several layers of a recurrent cell, in one direction or both, over sequences padded on the right.
#pragma once

#include <memory>
#include <vector>

#include "strata/nn/cell.hpp"
#include "strata/nn/layers.hpp"
#include "strata/plugin/slot.hpp"

namespace strata {

// The options of a recurrent stack.
struct RecurrentOptions {
  Slot<Cell> cell{"lstm"};
  std::int64_t hidden = 512;  // width of the output; each direction of a bidirectional layer has half of it
  std::int64_t layers = 1;
  bool bidirectional = false;
  double dropout = 0;  // probability of dropping an element between layers

  void visit(auto& option) {
    option("cell", cell, "recurrent cell: its name, or an object with its options");
    option("hidden", hidden, "width of the output; each direction of a bidirectional layer has half").range(1, 65536);
    option("layers", layers, "number of layers").range(1, 64);
    option("bidirectional", bidirectional,
           "switch for a second direction in each layer, from the end of the sequence to its start");
    option("dropout", dropout, "probability of dropping an element between layers").min(0).below(1);
  }
};

class STRATA_API RecurrentStack final : public Layer {
 public:
  // Throws E_CONFIG_RANGE when a bidirectional `hidden` is odd.
  RecurrentStack(const RecurrentOptions& options, std::int64_t input);

  // The outputs of the last layer and the final states of all layers.
  struct Output {
    Tensor outputs;  // [B,T,hidden]
    // For each layer, the parts [B,hidden] of its final state; both directions are concatenated.
    std::vector<Tensors> states;
  };
  // Runs the stack over x [B,T,input]; lengths i64 [B], or undefined when every row is T long. initial: a state like
  // Output::states with which it begins (of a stack in one direction); empty: zeros. Throws E_SHAPE when `initial` has
  // another number of layers or the stack is bidirectional.
  Output operator()(const Tensor& x, const Tensor& lengths, const std::vector<Tensors>& initial = {}) const;

  std::int64_t width() const { return hidden_; }                     // width of the outputs
  int state_parts() const { return cells_.front()->state_parts(); }  // Cell::state_parts() of the layers

 private:
  std::int64_t hidden_;
  bool bidirectional_;
  std::vector<std::shared_ptr<Cell>> cells_;  // layer by layer, forward then backward
  Dropout dropout_;
};

}  // namespace strata
