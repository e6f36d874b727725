// RecurrentStack: layers of a cell, one- or two-directional, over right-padded sequences.
#pragma once

#include <memory>
#include <vector>

#include "strata/nn/cell.hpp"
#include "strata/nn/layers.hpp"
#include "strata/plugin/slot.hpp"

namespace strata {

// A stack as recipes describe it.
struct RecurrentOptions {
  Slot<Cell> cell{"lstm"};
  std::int64_t hidden = 512;  // of the whole output: each direction of a bidirectional layer has half
  std::int64_t layers = 1;
  bool bidirectional = false;
  double dropout = 0;  // between layers

  void visit(auto& option) {
    option("cell", cell, "recurrence: its name, or an object with options of its own");
    option("hidden", hidden, "width of the output; each direction of a bidirectional layer has half").range(1, 65536);
    option("layers", layers, "number of layers").range(1, 64);
    option("bidirectional", bidirectional, "second direction, from the end of the sequence to its start");
    option("dropout", dropout, "probability of dropping an element between layers").min(0).below(1);
  }
};

class STRATA_API RecurrentStack final : public Layer {
 public:
  // Throws E_CONFIG_RANGE when a bidirectional `hidden` is odd.
  RecurrentStack(const RecurrentOptions& options, std::int64_t input);

  // Of the last layer, and the states of all.
  struct Output {
    Tensor outputs;               // [B,T,hidden]
    std::vector<Tensors> states;  // per layer: final parts [B,hidden], the directions side by side
  };
  // x [B,T,input], lengths i64 [B] or undefined.
  Output operator()(const Tensor& x, const Tensor& lengths) const;

  std::int64_t width() const { return hidden_; }                     // of the outputs
  int state_parts() const { return cells_.front()->state_parts(); }  // Cell::state_parts of every layer

 private:
  std::int64_t hidden_;
  bool bidirectional_;
  std::vector<std::shared_ptr<Cell>> cells_;  // layer by layer, forward then backward
  Dropout dropout_;
};

}  // namespace strata
