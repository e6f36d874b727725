// top_p: the nucleus stays, the fewest most probable tokens whose probabilities sum to p or more (Holtzman et al.,
// 2020, "The curious case of neural text degeneration", eq. 2-3); of equal ones the lowest ids come first.
#include <algorithm>
#include <cmath>

#include "decode/samplers/samplers.hpp"

namespace strata::detail {
namespace {

// Intervals of logits below the largest one, each of 1/8; the last one has all that are lower.
constexpr float kEach = 8;
constexpr std::size_t kIntervals = 1024;

std::size_t interval_of(float logit, float highest) {
  return static_cast<std::size_t>(std::min((highest - logit) * kEach, static_cast<float>(kIntervals - 1)));
}

}  // namespace

// A token stays when those before it have less than the mass p. Sums of intervals say in which of them the last such
// token lies; halving finds it there, without a sort.
TopPSampler::Token TopPSampler::last_of_nucleus(std::span<const float> logits) const {
  softmax_.compute(logits);
  const std::span<const float> weights = softmax_.weights();
  const double target = p_ * softmax_.total();
  const float highest = largest_logit(logits);
  sums_.assign(kIntervals, 0);
  for (std::size_t v = 0; v < weights.size(); ++v) {
    if (weights[v] > 0) sums_[interval_of(logits[v], highest)] += weights[v];
  }
  std::size_t interval = 0, last = kIntervals - 1;
  while (last > 0 && sums_[last] == 0) --last;  // so that rounding of the sums leads to no empty interval
  double sum = 0;                               // of the tokens before those that are looked at
  while (interval < last && sum + sums_[interval] < target) sum += sums_[interval++];

  tokens_.clear();
  tokens_.reserve(weights.size());
  for (std::size_t v = 0; v < weights.size(); ++v) {
    if (weights[v] == 0 || interval_of(logits[v], highest) != interval) continue;
    tokens_.push_back({logits[v], weights[v], static_cast<std::int32_t>(v)});
  }
  const auto before = [](const Token& a, const Token& b) {
    return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
  };
  std::size_t low = 0, high = tokens_.size();
  while (high - low > 1) {
    const std::size_t middle = low + (high - low) / 2;
    const auto at = [&](std::size_t i) { return tokens_.begin() + static_cast<std::ptrdiff_t>(i); };
    std::nth_element(at(low), at(middle), at(high), before);
    double upper = 0;
    for (std::size_t i = low; i < middle; ++i) upper += tokens_[i].weight;
    if (sum + upper >= target) {
      high = middle;
    } else {
      sum += upper;
      low = middle;
    }
  }
  return tokens_[low];
}

void TopPSampler::apply(std::span<float> logits, const Written&) const {
  if (p_ >= 1) return;
  const Token last = last_of_nucleus(logits);
  for (std::size_t v = 0; v < logits.size(); ++v) {
    const bool after = static_cast<std::int32_t>(v) > last.id;
    if (logits[v] < last.logit || (logits[v] == last.logit && after)) logits[v] = -INFINITY;
  }
}

}  // namespace strata::detail
