// RecurrentStack: layers and directions of a cell.
#include "strata/nn/recurrent_stack.hpp"

#include <string>

#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/ops/shape.hpp"

namespace strata {

RecurrentStack::RecurrentStack(const RecurrentOptions& options, std::int64_t input)
    : hidden_(options.hidden), bidirectional_(options.bidirectional), dropout_(options.dropout) {
  if (bidirectional_ && hidden_ % 2 != 0) {
    throw Error("E_CONFIG_RANGE", "hidden", std::to_string(hidden_) + " is odd", "each direction has half of it");
  }
  child("dropout", dropout_);
  const std::int64_t each = bidirectional_ ? hidden_ / 2 : hidden_;
  for (std::int64_t layer = 0; layer < options.layers; ++layer) {
    for (int direction = 0; direction < (bidirectional_ ? 2 : 1); ++direction) {
      cells_.push_back(options.cell.make({layer == 0 ? input : hidden_, each}));
      child("layers." + std::to_string(layer) + (direction == 0 ? "" : ".reverse"), cells_.back());
    }
  }
}

RecurrentStack::Output RecurrentStack::operator()(const Tensor& x, const Tensor& lengths,
                                                  const std::vector<Tensors>& initial) const {
  Output out{x, {}};
  const std::size_t directions = bidirectional_ ? 2 : 1;
  if (!initial.empty() && (bidirectional_ || initial.size() != cells_.size())) {
    throw Error("E_SHAPE", "[recurrent stack]",
                "an initial state of " + std::to_string(initial.size()) + " layers for " +
                    std::to_string(cells_.size()) + (bidirectional_ ? " cells in two directions" : " layers"));
  }
  for (std::size_t at = 0; at < cells_.size(); at += directions) {
    if (at > 0) out.outputs = dropout_(out.outputs, static_cast<std::int64_t>(at / directions));
    const auto run = [&](const Cell& cell, bool reverse) {
      return in_plugin("sequence()", cell, [&] {
        return cell.sequence(out.outputs, initial.empty() ? Tensors() : initial[at], lengths, reverse);
      });
    };
    Cell::Sequence forward = run(*cells_[at], false);
    if (bidirectional_) {
      const Cell::Sequence backward = run(*cells_[at + 1], true);
      forward.outputs = concat({forward.outputs, backward.outputs}, -1);
      for (std::size_t k = 0; k < forward.state.size(); ++k)
        forward.state[k] = concat({forward.state[k], backward.state[k]}, -1);
    }
    out.outputs = forward.outputs;
    out.states.push_back(std::move(forward.state));
  }
  return out;
}

}  // namespace strata
