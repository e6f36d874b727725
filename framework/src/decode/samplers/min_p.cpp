// min_p: a token stays when its probability is at least p times the largest one (Nguyen et al., 2024, "Turning up the
// heat: min-p sampling"), that is when z >= max(z) + log(p).
#include <cmath>

#include "decode/samplers/samplers.hpp"

namespace strata::detail {

void MinPSampler::apply(std::span<float> logits, const Written&) const {
  const double highest = largest_logit(logits);
  const double least = std::log(p_);
  for (float& z : logits) z = z - highest >= least ? z : -INFINITY;
}

}  // namespace strata::detail
