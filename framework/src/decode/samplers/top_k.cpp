// top_k: the k tokens with the largest logits stay (Fan et al., 2018, "Hierarchical neural story generation"); of equal
// ones those with the lowest ids.
#include <algorithm>
#include <cmath>
#include <functional>

#include "decode/samplers/samplers.hpp"

namespace strata::detail {

void TopKSampler::apply(std::span<float> logits, const Written&) const {
  if (k_ >= logits.size()) return;
  // The k-th largest logit: the scratch holds up to 2 k that were larger than the k-th largest so far.
  const auto kth = static_cast<std::ptrdiff_t>(k_ - 1);
  float least = -INFINITY;
  const auto select = [&] {
    std::nth_element(largest_.begin(), largest_.begin() + kth, largest_.end(), std::greater<>());
    largest_.resize(k_);
    least = largest_.back();
  };
  largest_.clear();
  largest_.reserve(2 * std::min(k_, logits.size()));
  for (const float z : logits) {
    if (!(z > least)) continue;
    largest_.push_back(z);
    if (largest_.size() == 2 * k_) select();
  }
  if (largest_.size() < k_) return;  // fewer than k are not excluded
  select();
  auto equal = static_cast<std::ptrdiff_t>(k_);  // how many of the tokens at the k-th largest logit stay
  for (const float z : logits) equal -= z > least ? 1 : 0;
  for (float& z : logits) {
    if (z > least) continue;
    if (z < least || equal-- <= 0) z = -INFINITY;
  }
}

}  // namespace strata::detail
