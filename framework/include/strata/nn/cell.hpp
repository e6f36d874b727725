// Cell: a recurrence, computed step by step or over whole sequences. It is the role of "cell" in a recipe. Legend: B
// batch, T time, I input width, G width of the projected input, H hidden.
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

  // The projection of the input, x -> x weight^T + bias. A cell reads its input only through it, so that a host can
  // compute it for all steps at once. When part of the input is known beforehand and part is fed back in each step, the
  // host can split the columns of the weight between the two.
  struct Projection {
    Tensor weight;  // [G,I]
    Tensor bias;    // [G] or undefined
  };
  virtual Projection projection() const = 0;

  // The width H.
  virtual std::int64_t hidden() const = 0;
  // The number of tensors [B,H] in a state. The first of them is the output.
  virtual int state_parts() const = 0;
  // Computes the next state from the present one and the projected input [B,G], bias included.
  virtual Tensors step(const Tensor& projected, const Tensors& state) const = 0;

  // The result of sequence().
  struct Sequence {
    Tensor outputs;  // [B,T,H]; zero after the end of a row
    Tensors state;   // state after the last step of each row
  };
  // Runs over a whole sequence. x [B,T,I]; state: state_parts() tensors, or empty for zeros; lengths i64 [B], or
  // undefined when every row is T long. With `reverse`, each row runs from its own last step to its first. Default:
  // projects all steps in one product, then calls step() for each.
  virtual Sequence sequence(const Tensor& x, const Tensors& state, const Tensor& lengths, bool reverse) const;

  // Returns a state of zeros for `batch` rows, in the compute type of the context.
  Tensors initial_state(std::int64_t batch) const;
};

}  // namespace strata
