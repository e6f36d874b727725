// GatedCell: the base of the three cells, with PyTorch's parameter layout (weight_ih, weight_hh, bias_ih, bias_hh), its
// forms of access, and dropout of the recurrent matrix.
#pragma once

#include <cmath>

#include "strata/nn/cell.hpp"
#include "strata/nn/layers.hpp"
#include "strata/ops/fused.hpp"

namespace strata {

struct GatedOptions {
  double weight_dropout = 0;
  void visit(auto& option) {
    option(
        "weight_dropout", weight_dropout,
        "probability of dropping an element of the recurrent matrix, one mask for a whole batch (Merity et al., 2018)")
        .min(0)
        .below(1);
  }
};

// Parameters of G gates: weight_ih [G*H,I], weight_hh [G*H,H], bias_ih, bias_hh [G*H], uniform with bound 1 / sqrt(H).
// Both biases are kept, as their rates add up.
class GatedCell : public Cell {
 public:
  using Options = GatedOptions;
  GatedCell(const Options& options, const Facts& facts, std::int64_t gates)
      : hidden_(facts.hidden), weight_dropout_(options.weight_dropout) {
    child("weight_dropout", weight_dropout_);
    const Init init = Init::uniform(1 / std::sqrt(static_cast<double>(facts.hidden)));
    weight_ih_ = parameter("weight_ih", {gates * facts.hidden, facts.input}, init);
    weight_hh_ = parameter("weight_hh", {gates * facts.hidden, facts.hidden}, init);
    bias_ih_ = parameter("bias_ih", {gates * facts.hidden}, init);
    bias_hh_ = parameter("bias_hh", {gates * facts.hidden}, init);
  }

  std::int64_t hidden() const override { return hidden_; }
  Projection projection() const override { return {weight_ih_, bias_ih_}; }

 protected:
  RecurrentWeights weights() const { return {weight_ih_, recurrent(), bias_ih_, bias_hh_}; }
  // The recurrent matrix [G*H,H], dropped out while training; every call within a batch draws the same mask.
  Tensor recurrent() const { return weight_dropout_(weight_hh_); }

  std::int64_t hidden_;
  Parameter weight_ih_, weight_hh_, bias_ih_, bias_hh_;

 private:
  Dropout weight_dropout_;
};

}  // namespace strata
