// RowSoftmax: the weights exp(z - max(z)) of a row of logits, and a draw from them. Private to libstrata.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace strata::detail {

// The largest of the logits of a row, which has at least one.
float largest_logit(std::span<const float> logits);

class RowSoftmax {
 public:
  // logits [V]: finite or -infinity, at least one finite. A weight has a relative error of about 1e-7; that of a token
  // whose logit is more than 87 below the largest one is 0.
  void compute(std::span<const float> logits);

  std::span<const float> weights() const { return weights_; }  // [V], the largest is 1
  double total() const { return total_; }                      // their sum: a probability is weight / total

  // uniform: in [0, 1) -> the token in whose part of the unit interval it lies; tokens stand in the order of their ids.
  std::int32_t draw(double uniform) const;

 private:
  std::vector<float> weights_;
  std::vector<double> sums_;  // of kBlock weights each
  double total_ = 0;
};

}  // namespace strata::detail
