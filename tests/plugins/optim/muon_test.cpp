// Optimizer "muon" through the real door, against its update written out with plain loops in float64, and its direction
// against the orthogonal factor of the gradient.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "plugins/load.hpp"
#include "strata/core/rng.hpp"
#include "strata/nn/layer.hpp"
#include "strata/train/optimizer.hpp"

using namespace strata;
using strata_test::make;

namespace {

class Numbers final : public Layer {
 public:
  Numbers()
      : tall(parameter("tall", {5, 3}, Init::uniform(1))),
        wide(parameter("wide", {2, 4}, Init::uniform(1))),
        head(parameter("head", {3, 3}, Init::uniform(1))),
        vector(parameter("vector", {4}, Init::uniform(1))) {}
  Parameter tall, wide, head, vector;
};

struct Matrix {
  std::size_t rows, columns;
  std::vector<double> values;
  double at(std::size_t r, std::size_t c) const { return values[r * columns + c]; }
};

Matrix product(const Matrix& a, const Matrix& b) {
  Matrix out{a.rows, b.columns, std::vector<double>(a.rows * b.columns)};
  for (std::size_t r = 0; r < a.rows; ++r) {
    for (std::size_t c = 0; c < b.columns; ++c) {
      for (std::size_t k = 0; k < a.columns; ++k) out.values[r * b.columns + c] += a.at(r, k) * b.at(k, c);
    }
  }
  return out;
}
Matrix transposed(const Matrix& a) {
  Matrix out{a.columns, a.rows, std::vector<double>(a.values.size())};
  for (std::size_t r = 0; r < a.rows; ++r) {
    for (std::size_t c = 0; c < a.columns; ++c) out.values[c * a.rows + r] = a.at(r, c);
  }
  return out;
}
Matrix sum(double x, const Matrix& a, double y, const Matrix& b) {
  Matrix out = a;
  for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] = x * a.values[i] + y * b.values[i];
  return out;
}

// Jordan et al. (2024): five iterations x <- a x + b (x x') x + c (x x')^2 x of the matrix over its norm.
Matrix newton_schulz(Matrix x) {
  double square = 0;
  for (const double value : x.values) square += value * value;
  for (double& value : x.values) value /= std::sqrt(square);
  for (int i = 0; i < 5; ++i) {
    const Matrix gram = product(x, transposed(x));
    const Matrix third = product(gram, x), fifth = product(gram, third);
    x = sum(1, sum(3.4445, x, -4.7750, third), 2.0315, fifth);
  }
  return x;
}

// The rule of one matrix: momentum 0.9, Nesterov's, decay 0.1.
struct Rule {
  Matrix momentum;
  void step(Matrix& value, const Matrix& gradient, double rate) {
    momentum = sum(0.9, momentum, 0.1, gradient);
    const Matrix direction = newton_schulz(sum(0.9, momentum, 0.1, gradient));
    const auto rows = static_cast<double>(value.rows), columns = static_cast<double>(value.columns);
    value = sum(1 - rate * 0.1, value, -rate * 0.2 * std::sqrt(std::max(rows, columns)), direction);
  }
};

Matrix matrix_of(const Tensor& tensor) {
  return {static_cast<std::size_t>(tensor.size(0)), static_cast<std::size_t>(tensor.size(1)), tensor.to_doubles()};
}
Tensor tensor_of(const Matrix& matrix) {
  return Tensor::from(matrix.values,
                      {static_cast<std::int64_t>(matrix.rows), static_cast<std::int64_t>(matrix.columns)});
}
Matrix drawn(Rng& rng, std::size_t rows, std::size_t columns) {
  Matrix out{rows, columns, {}};
  for (std::size_t i = 0; i < rows * columns; ++i) out.values.push_back(rng.normal());
  return out;
}
double difference(const Tensor& got, const Matrix& expected) {
  double worst = 0;
  const std::vector<double> values = got.to_doubles();
  for (std::size_t i = 0; i < values.size(); ++i) worst = std::max(worst, std::abs(values[i] - expected.values[i]));
  return worst;
}
void step(Optimizer& optimizer, const Tensor& rate, const Tensor& scale) { optimizer.step(std::span(&rate, 1), scale); }

}  // namespace

BOOST_AUTO_TEST_SUITE(muon)

BOOST_AUTO_TEST_CASE(matrices_go_by_the_published_rule_and_the_rest_by_adamw) {
  constexpr std::uint64_t kSeed = 7;
  Numbers layer, plain;
  layer.materialise(kSeed, DType::f64);
  plain.materialise(kSeed, DType::f64);
  const auto optimizer =
      make<Optimizer>(R"({"type": "muon", "momentum": 0.9, "weight_decay": 0.1, "adam_for": "head", "adam_rate": 0.5})",
                      Optimizer::Facts::of(layer.parameters()));
  const auto adamw = make<Optimizer>(R"({"type": "adamw", "beta2": 0.95, "weight_decay": 0.1})",
                                     Optimizer::Facts::of(plain.parameters()));
  Matrix tall = matrix_of(layer.tall.value()), wide = matrix_of(layer.wide.value());
  Rule of_tall{sum(0, tall, 0, tall)}, of_wide{sum(0, wide, 0, wide)};
  Rng rng(kSeed, "gradients");
  for (int t = 1; t <= 10; ++t) {
    const double rate = 0.01 * (1 + t % 3), scale = 1.0 / (2 + t % 4);
    const Matrix a = drawn(rng, 5, 3), b = drawn(rng, 2, 4), c = drawn(rng, 3, 3), d = drawn(rng, 1, 4);
    for (Numbers* one : {&layer, &plain}) {
      one->tall.value().set_grad(tensor_of(a));
      one->wide.value().set_grad(tensor_of(b));
      one->head.value().set_grad(tensor_of(c));
      one->vector.value().set_grad(Tensor::from(d.values, {4}));
    }
    of_tall.step(tall, sum(scale, a, 0, a), rate);
    of_wide.step(wide, sum(scale, b, 0, b), rate);
    step(*optimizer, Tensor::scalar(rate, DType::f64), Tensor::scalar(scale, DType::f64));
    step(*adamw, Tensor::scalar(rate * 0.5, DType::f64), Tensor::scalar(scale, DType::f64));
  }
  BOOST_TEST_MESSAGE("seed " << kSeed);
  BOOST_TEST(difference(layer.tall.value(), tall) < 1e-10);
  BOOST_TEST(difference(layer.wide.value(), wide) < 1e-10);
  BOOST_TEST(layer.head.value().to_doubles() == plain.head.value().to_doubles(), boost::test_tools::per_element());
  BOOST_TEST(layer.vector.value().to_doubles() == plain.vector.value().to_doubles(), boost::test_tools::per_element());
}

// A gradient with orthogonal rows of the lengths 1 and 100: the step has both rows, of nearly equal lengths.
BOOST_AUTO_TEST_CASE(a_step_has_all_directions_alike) {
  Numbers layer;
  layer.materialise(1, DType::f64);
  const auto optimizer =
      make<Optimizer>(R"({"type": "muon", "momentum": 0, "weight_decay": 0, "nesterov": false, "scale": "shape"})",
                      Optimizer::Facts::of(layer.parameters()));
  const std::vector<double> before = layer.wide.value().to_doubles();
  layer.wide.value().set_grad(Tensor::from(std::vector<double>{0.5, 0.5, 0.5, 0.5, 50, -50, 50, -50}, {2, 4}));
  step(*optimizer, Tensor::scalar(1, DType::f64), Tensor::scalar(1, DType::f64));
  const std::vector<double> after = layer.wide.value().to_doubles();
  for (std::size_t row = 0; row < 2; ++row) {
    double length = 0, along = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const double change = before[row * 4 + i] - after[row * 4 + i];
      length += change * change;
      along += change * (row == 0 || i % 2 == 0 ? 0.5 : -0.5);
    }
    BOOST_TEST(std::sqrt(length) > 0.6);
    BOOST_TEST(std::sqrt(length) < 1.3);
    BOOST_TEST(along / std::sqrt(length) > 0.999);
  }
}

BOOST_AUTO_TEST_CASE(a_scale_that_is_no_number_changes_nothing) {
  Numbers layer;
  layer.materialise(1);
  const auto optimizer = make<Optimizer>(R"("muon")", Optimizer::Facts::of(layer.parameters()));
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<double> before = layer.tall.value().to_doubles();
  for (const float scale : {infinity, nan}) {
    layer.tall.value().set_grad(Tensor::full({5, 3}, nan));
    step(*optimizer, Tensor::scalar(0.1), Tensor::scalar(scale));
    BOOST_TEST(layer.tall.value().to_doubles() == before, boost::test_tools::per_element());
    for (const NamedTensor& one : optimizer->state()) {
      if (!one.name.starts_with("momentum.")) continue;
      for (const double value : one.value.to_doubles()) BOOST_TEST(value == 0);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
