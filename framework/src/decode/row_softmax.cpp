// RowSoftmax: an exponential in plain arithmetic, which the compiler turns into vector instructions, and sums of
// blocks, so that a draw reads one block of weights and not all of them.
#include "decode/row_softmax.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

namespace strata::detail {
namespace {

constexpr std::size_t kBlock = 256, kLanes = 8;

// exp(x) for x <= 0, as 2^n exp(r) with |r| <= log(2) / 2 (Cody and Waite, 1980), exp(r) by its Taylor series to r^7;
// 0 for x < -87, where f32 has no normal numbers. Comparisons are of integers, because the compiler makes no vector
// instructions of a choice between two floats that were computed.
inline float exponential(float x) {
  constexpr float kLeast = -87, kMagic = 0x1.8p23F;  // adding the magic rounds to an integer, which its low bits hold
  constexpr float kHigh = 0x1.62e4p-1F, kLow = 0x1.7f7d1cp-20F;  // log(2) in two parts
  const auto bits = std::bit_cast<std::int32_t>(x), least = std::bit_cast<std::int32_t>(kLeast);
  const std::int32_t far = (bits & 0x7FFFFFFF) > (least & 0x7FFFFFFF) ? -1 : 0;  // all bits, or none
  const auto near = std::bit_cast<float>((least & far) | (bits & ~far));
  const float shifted = near * 0x1.715476p0F + kMagic, n = shifted - kMagic;
  const float r = (near - n * kHigh) - n * kLow;
  float p = 1.0F / 5040;
  p = p * r + 1.0F / 720;
  p = p * r + 1.0F / 120;
  p = p * r + 1.0F / 24;
  p = p * r + 1.0F / 6;
  p = p * r + 0.5F;
  p = p * r + 1.0F;
  p = p * r + 1.0F;
  const auto power = (std::bit_cast<std::uint32_t>(shifted) + 127U) << 23U;  // 2^n; other bits of the magic fall out
  const float value = p * std::bit_cast<float>(power);
  return std::bit_cast<float>(std::bit_cast<std::int32_t>(value) & ~far);
}

}  // namespace

// The compiler makes vector instructions of a maximum of integers, but not of floats: the sign decides whether larger
// bits are a larger float.
float largest_logit(std::span<const float> logits) {
  const auto ordered = [](std::int32_t bits) { return bits ^ ((bits >> 31) & 0x7FFFFFFF); };
  std::int32_t best = std::numeric_limits<std::int32_t>::min();
  for (const float z : logits) best = std::max(best, ordered(std::bit_cast<std::int32_t>(z)));
  return std::bit_cast<float>(ordered(best));
}

void RowSoftmax::compute(std::span<const float> logits) {
  const float highest = largest_logit(logits);
  weights_.resize(logits.size());
  sums_.resize((logits.size() + kBlock - 1) / kBlock);
  for (std::size_t i = 0; i < logits.size(); ++i) weights_[i] = exponential(logits[i] - highest);
  total_ = 0;
  for (std::size_t block = 0; block < sums_.size(); ++block) {
    const std::size_t end = std::min(weights_.size(), (block + 1) * kBlock);
    std::array<double, kLanes> lanes{};
    std::size_t i = block * kBlock;
    for (; i + kLanes <= end; i += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += weights_[i + lane];
    }
    double sum = 0;
    for (; i < end; ++i) sum += weights_[i];
    for (const double lane : lanes) sum += lane;
    sums_[block] = sum;
    total_ += sum;
  }
}

std::int32_t RowSoftmax::draw(double uniform) const {
  double left = uniform * total_;
  std::size_t block = 0;
  while (block + 1 < sums_.size() && left >= sums_[block]) left -= sums_[block++];
  // Rounding may carry `left` past the end of its block; then the last token with a weight is meant.
  std::size_t last = weights_.size();
  for (std::size_t i = block * kBlock; i < weights_.size(); ++i) {
    if (weights_[i] <= 0) continue;
    last = i;
    left -= weights_[i];
    if (left < 0) break;
  }
  while (last == weights_.size() || weights_[last] <= 0) --last;
  return static_cast<std::int32_t>(last);
}

}  // namespace strata::detail
