// What all metrics share.
#include "strata/train/metric.hpp"

#include <cmath>

#include "strata/core/error.hpp"

namespace strata {

Metric::~Metric() = default;

void Metric::add(double, double) {
  throw Error("E_INTERNAL", std::string(name()), "this metric reads texts and was given sums");
}

void Metric::add(std::string_view, std::string_view) {
  throw Error("E_INTERNAL", std::string(name()), "this metric reads sums and was given texts");
}

bool Metric::better(double value, double best) const {
  if (std::isnan(value)) return false;
  if (std::isnan(best)) return true;
  return higher_is_better() ? value > best : value < best;
}

}  // namespace strata
