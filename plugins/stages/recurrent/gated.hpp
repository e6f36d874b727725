// What the three cells share: PyTorch's parameter layout (weight_ih, weight_hh, bias_ih, bias_hh) and its forms of
// access.
#pragma once

#include <cmath>

#include "strata/nn/cell.hpp"
#include "strata/ops/fused.hpp"

namespace strata {

// Parameters of G gates: weight_ih [G*H,I], weight_hh [G*H,H], bias_ih, bias_hh [G*H], uniform with bound 1 / sqrt(H).
// Both biases are kept, as their rates add up.
class GatedCell : public Cell {
 public:
  GatedCell(const Facts& facts, std::int64_t gates) : hidden_(facts.hidden) {
    const Init init = Init::uniform(1 / std::sqrt(static_cast<double>(facts.hidden)));
    weight_ih_ = parameter("weight_ih", {gates * facts.hidden, facts.input}, init);
    weight_hh_ = parameter("weight_hh", {gates * facts.hidden, facts.hidden}, init);
    bias_ih_ = parameter("bias_ih", {gates * facts.hidden}, init);
    bias_hh_ = parameter("bias_hh", {gates * facts.hidden}, init);
  }

  std::int64_t hidden() const override { return hidden_; }
  Projection projection() const override { return {weight_ih_, bias_ih_}; }

 protected:
  RecurrentWeights weights() const { return {weight_ih_, weight_hh_, bias_ih_, bias_hh_}; }

  std::int64_t hidden_;
  Parameter weight_ih_, weight_hh_, bias_ih_, bias_hh_;
};

}  // namespace strata
