// Cell: one recurrence, by steps and over whole sequences. The role behind "cell" in a recipe.
// Legend: B batch, T time, I input width, G width of the projected input, H hidden.
#pragma once

#include <string_view>
#include <utility>

#include "strata/nn/layer.hpp"

namespace strata {

class STRATA_API Cell : public Layer {
 public:
  static constexpr std::string_view kRole = "cell";
  struct Facts {
    std::int64_t input = 0, hidden = 0;  // widths I and H
  };

  // A cell reads its input through one linear map x -> x weight^T + bias, so that a host computes it for all steps at
  // once and may split the columns between what is known beforehand and what each step feeds back.
  struct Projection {
    Tensor weight;  // [G,I]
    Tensor bias;    // [G] or undefined
  };
  virtual Projection projection() const = 0;

  // The width H.
  virtual std::int64_t hidden() const = 0;
  virtual int state_parts() const = 0;  // tensors [B,H] of a state; the first is the output
  // projected [B,G] (the sum of all parts of the projection), state -> the next state.
  virtual Tensors step(const Tensor& projected, const Tensors& state) const = 0;

  // A layer's run over time.
  struct Sequence {
    Tensor outputs;  // [B,T,H]; zero beyond a row's length
    Tensors state;   // after each row's last step
  };
  // x [B,T,I]; state: state_parts() tensors or empty (zeros); lengths i64 [B] or undefined. `reverse` runs each row
  // from its own last step to its first. Default: one product for all steps, then step() by step.
  virtual Sequence sequence(const Tensor& x, const Tensors& state, const Tensor& lengths, bool reverse) const;

  // Zeros for B rows, in the compute type.
  Tensors initial_state(std::int64_t batch) const;
};

}  // namespace strata
