// LossScale: what the loss is multiplied by while gradients are in f16, which holds nothing below 6e-8 and nothing
// above 65504 (Micikevicius et al., 2018, section 3.2).
#pragma once

#include <vector>

#include "strata/tensor/named_tensor.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata::detail {

// The factor doubles after 2,000 updates in a row whose gradients were finite, and halves after one whose were not.
// Starts at 1,024: the loss is a sum over tokens, so that a token's gradient is of the order of one. All of it stays on
// the device, so that a step can be replayed.
class LossScale {
 public:
  void start(bool on);  // off: the factor is 1, and nothing is computed
  bool on() const { return factor_.defined(); }

  Tensor scaled(const Tensor& loss) const;          // loss * factor, recorded
  const Tensor& factor() const { return factor_; }  // undefined when it is off
  // After an update. flaw: 0-d f64, 0 where all was finite, else NaN.
  void update(const Tensor& flaw);
  void add_state(std::vector<NamedTensor>& state) const;

 private:
  Tensor factor_, finite_;  // 0-d f64: the factor, and how many updates in a row were finite
};

}  // namespace strata::detail
