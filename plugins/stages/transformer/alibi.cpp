// ALiBi: the slope of each head times the distance.
#include "alibi.hpp"

#include <cmath>
#include <vector>

#include "strata/core/error.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/shape.hpp"

namespace strata {
namespace {

// 2^(-8/n), 2^(-16/n), ... for a power of two; other numbers take every second slope of the next power for the rest
// (section 3, footnote 7).
std::vector<float> slopes(std::int64_t heads) {
  std::int64_t power = 1;
  while (2 * power <= heads) power *= 2;
  std::vector<float> all;
  for (std::int64_t i = 1; i <= heads; ++i) {
    const double exponent = i <= power ? -8.0 * static_cast<double>(i) / static_cast<double>(power)
                                       : -4.0 * static_cast<double>(2 * (i - power) - 1) / static_cast<double>(power);
    all.push_back(static_cast<float>(std::exp2(exponent)));
  }
  return all;
}

}  // namespace

AlibiPositions::AlibiPositions(const Options& options, const Facts& facts) : max_length_(options.max_length) {
  if (facts.heads <= 0) {
    throw Error("E_CONFIG_POSITIONS", "positional/alibi", "the model does not say how many heads it has",
                "use positions that are added");
  }
  slopes_ = Constant(slopes(facts.heads), {1, facts.heads, 1, 1});
}

// [B,H,Tq,Tk]: slope * (key - query), 0 at the query's own position
Tensor AlibiPositions::bias(const Tensor& queries, const Tensor& keys) const {
  const Tensor distance = unsqueeze(keys, 1) - unsqueeze(queries, 2);  // [B,Tq,Tk]
  return unsqueeze(cast(distance, DType::f32), 1) * slopes_.on(keys.device());
}

}  // namespace strata
