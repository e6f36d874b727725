// temperature: softmax(z / T). Greedy for T = 0: the token with the largest logit, of equal ones that with the lowest
// id.
#include <algorithm>
#include <cmath>
#include <limits>

#include "decode/samplers/samplers.hpp"

namespace strata::detail {

void TemperatureSampler::apply(std::span<float> logits, const Written&) const {
  if (value_ == 1) return;
  const double highest = largest_logit(logits);
  if (value_ == 0) {
    const auto best = std::find(logits.begin(), logits.end(), static_cast<float>(highest));
    std::fill(logits.begin(), best, -INFINITY);
    std::fill(best + 1, logits.end(), -INFINITY);
    return;
  }
  // (z - highest) / T has the softmax of z / T. f32 is finer near 0, so the probable tokens lose nothing to rounding;
  // an improbable one never leaves the range and becomes excluded by it.
  constexpr double kLowest = -std::numeric_limits<float>::max();
  for (float& z : logits) {
    const double scaled = std::max((z - highest) / value_, kLowest);
    z = z == -INFINITY ? -INFINITY : static_cast<float>(scaled);
  }
}

}  // namespace strata::detail
