// Two small problems to descend on, with gradients by hand.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "strata/nn/layer.hpp"
#include "strata/train/optimizer.hpp"

namespace strata::detail {

// Where a descent stands: "first" [rows,2] and "second" [5].
class Point final : public Layer {
 public:
  explicit Point(std::int64_t rows = 3)
      : first(parameter("first", {rows, 2}, Init::uniform(1))), second(parameter("second", {5}, Init::uniform(1))) {}
  Parameter first, second;
};

inline constexpr std::size_t kNumbers = 11;  // of a Point
using Numbers = std::vector<double>;

struct DescentProblem {
  std::string name;
  int updates = 0;
  double share = 0;  // of the first loss that the last one may be
  std::function<double(const Numbers& at)> loss;
  std::function<Numbers(const Numbers& at)> gradient;
};

// Least squares of 32 rows; the largest curvature is some ten times the smallest.
DescentProblem convex_problem(std::int64_t seed);
// A quadratic bowl whose curvatures lie between 1 and 10,000, along axes that are not those of the numbers. Its floor
// is one away from `start` along each of them.
DescentProblem stiff_problem(std::int64_t seed, const Numbers& start);

Numbers numbers_of(const Point& point);

// The last loss as a share of the first; infinity when a number on the way was none.
double descend(const DescentProblem& problem, const Point& point, Optimizer& optimizer, double rate);

}  // namespace strata::detail
