// Sinusoidal and learned positions.
#include "positions.hpp"

#include <cmath>
#include <string>

#include "strata/core/error.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/positions.hpp"

namespace strata {

SinusoidalPositions::SinusoidalPositions(const NoOptions&, const Facts& facts) {
  if (facts.width % 2 != 0) {
    throw Error("E_CONFIG_POSITIONS", "positional/sinusoidal",
                "a width of " + std::to_string(facts.width) + " has no pairs of sine and cosine", "take an even width");
  }
}

Tensor SinusoidalPositions::add(const Tensor& x, const Tensor& positions, double scale) const {
  return add_sinusoid(x, positions, scale);
}

LearnedPositions::LearnedPositions(const Options& options, const Facts& facts)
    : max_length_(options.max_length),
      table_(options.max_length, facts.width, 1 / std::sqrt(static_cast<double>(facts.width))) {
  child("table", table_);
}

Tensor LearnedPositions::add(const Tensor& x, const Tensor& positions, double scale) const {
  return strata::add(x * scale, cast(table_(positions), x.dtype()));
}

}  // namespace strata
