// Sinusoidal and learned positions.
#include "positions.hpp"

#include <cmath>
#include <string>

#include "strata/core/error.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"

namespace strata {

SinusoidalPositions::SinusoidalPositions(const NoOptions&, const Shape& shape) {
  if (shape.width % 2 != 0) {
    throw Error("E_CONFIG_POSITIONS", "positional/sinusoidal",
                "a width of " + std::to_string(shape.width) + " has no pairs of sine and cosine", "take an even width");
  }
  pairs_ = shape.width / 2;
}

// In f64, as the argument grows with the position; then in the type of x.
Tensor SinusoidalPositions::add(const Tensor& x, const Tensor& positions) const {
  const std::int64_t rows = positions.size(0), time = positions.size(1), width = 2 * pairs_;
  const Tensor at = reshape(cast(positions, DType::f64), {rows, time, 1});
  const double step = -2 * std::log(10000.0) / static_cast<double>(width);
  const Tensor frequencies = exp(cast(iota(pairs_), DType::f64) * step);                   // 10000^(-2i/C)
  const Tensor angle = at * frequencies;                                                   // [B,T,C/2]
  const Tensor waves = reshape(stack({sin(angle), cos(angle)}, -1), {rows, time, width});  // [B,T,C]
  return strata::add(x, cast(waves, x.dtype()));
}

LearnedPositions::LearnedPositions(const Options& options, const Shape& shape)
    : max_length_(options.max_length),
      table_(options.max_length, shape.width, 1 / std::sqrt(static_cast<double>(shape.width))) {
  child("table", table_);
}

Tensor LearnedPositions::add(const Tensor& x, const Tensor& positions) const {
  return strata::add(x, cast(table_(positions), x.dtype()));
}

}  // namespace strata
