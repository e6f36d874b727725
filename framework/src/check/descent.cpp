// The problems and the walk down.
#include "check/descent.hpp"

#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "strata/core/rng.hpp"

namespace strata::detail {
namespace {

constexpr std::size_t kRows = 32;

double dot(const double* a, const double* b) { return std::inner_product(a, a + kNumbers, b, 0.0); }

Numbers normal(std::size_t count, std::int64_t seed, const std::string& name) {
  Rng random(static_cast<std::uint64_t>(seed), "check/" + name);
  Numbers values(count);
  for (double& value : values) value = random.normal();
  return values;
}

void set_gradients(const Point& point, const Numbers& gradient) {
  const std::vector<float> narrow(gradient.begin(), gradient.end());
  std::size_t at = 0;
  for (const NamedParameter& one : point.parameters()) {
    const auto count = static_cast<std::size_t>(one.parameter.shape().numel());
    one.parameter.value().set_grad(Tensor::from(std::span(narrow).subspan(at, count), one.parameter.shape()));
    at += count;
  }
}

}  // namespace

Numbers numbers_of(const Point& point) {
  Numbers all;
  for (const NamedParameter& one : point.parameters()) {
    const Numbers some = one.parameter.value().to_doubles();
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

// |A x - A x*|^2 / (2 rows), A of normal values
DescentProblem convex_problem(std::int64_t seed) {
  const Numbers a = normal(kRows * kNumbers, seed, "rows"), goal = normal(kNumbers, seed, "goal");
  const auto residuals = [a, goal](const Numbers& at) {
    Numbers apart(kNumbers), all;
    for (std::size_t i = 0; i < kNumbers; ++i) apart[i] = at[i] - goal[i];
    for (std::size_t row = 0; row < kRows; ++row) all.push_back(dot(&a[row * kNumbers], apart.data()));
    return all;
  };
  const auto loss = [residuals](const Numbers& at) {
    double total = 0;
    for (const double residual : residuals(at)) total += residual * residual;
    return total / (2 * kRows);
  };
  const auto gradient = [a, residuals](const Numbers& at) {
    const Numbers all = residuals(at);
    Numbers slope(kNumbers);
    for (std::size_t row = 0; row < kRows; ++row) {
      for (std::size_t i = 0; i < kNumbers; ++i) slope[i] += a[row * kNumbers + i] * all[row] / kRows;
    }
    return slope;
  };
  return {"least squares", 300, 0.01, loss, gradient};
}

// Adam ends at 0.009 or at 0.010 of the first loss, as a build's roundings fall; planted mistakes at 0.49 and 0.70.
constexpr double kStiffShare = 0.05;

// z' L z / 2, z = H (x - start) + 1, H = 1 - 2 v v' / v'v a reflection, L the curvatures
DescentProblem stiff_problem(std::int64_t seed, const Numbers& start) {
  const Numbers v = normal(kNumbers, seed, "reflection");
  const auto reflected = [v](Numbers x) {
    const double along = 2 * dot(v.data(), x.data()) / dot(v.data(), v.data());
    for (std::size_t i = 0; i < kNumbers; ++i) x[i] -= along * v[i];
    return x;
  };
  const auto curvature = [](std::size_t i) {
    return std::pow(10.0, 4.0 * static_cast<double>(i) / static_cast<double>(kNumbers - 1));
  };
  const auto along_axes = [=](Numbers at) {
    for (std::size_t i = 0; i < kNumbers; ++i) at[i] -= start[i];
    Numbers z = reflected(at);
    for (double& number : z) number += 1;
    return z;
  };
  const auto loss = [=](const Numbers& at) {
    const Numbers z = along_axes(at);
    double total = 0;
    for (std::size_t i = 0; i < kNumbers; ++i) total += curvature(i) * z[i] * z[i] / 2;
    return total;
  };
  const auto gradient = [=](const Numbers& at) {
    Numbers slope = along_axes(at);
    for (std::size_t i = 0; i < kNumbers; ++i) slope[i] *= curvature(i);
    return reflected(slope);
  };
  return {"condition 10,000", 300, kStiffShare, loss, gradient};
}

double descend(const DescentProblem& problem, const Point& point, Optimizer& optimizer, double rate) {
  const double first = problem.loss(numbers_of(point));
  const Tensor step = Tensor::scalar(rate), scale = Tensor::scalar(1);
  for (int update = 0; update < problem.updates; ++update) {
    set_gradients(point, problem.gradient(numbers_of(point)));
    optimizer.step(std::span(&step, 1), scale);
    for (const double number : numbers_of(point)) {
      if (!std::isfinite(number)) return std::numeric_limits<double>::infinity();
    }
  }
  return problem.loss(numbers_of(point)) / first;
}

}  // namespace strata::detail
