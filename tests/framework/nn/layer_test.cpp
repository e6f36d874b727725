// Layer: names of parameters, what they start as, and that nothing else decides it.
#include "strata/nn/layer.hpp"

#include <map>

#include "framework/ops/check.hpp"
#include "strata/nn/layers.hpp"
#include "throws.hpp"

using namespace strata;

namespace {

class Leaf final : public Layer {
 public:
  explicit Leaf(const Init& init, const Shape& shape = {6, 4}) : weight(parameter("weight", shape, init)) {}
  RandomKey key(std::int64_t call) const { return random_key(call); }
  Parameter weight;
};

// first, then (when asked) an uninvolved sibling, then second.
class Tree final : public Layer {
 public:
  explicit Tree(bool crowded) : first_(Init::normal(1)), extra_(Init::uniform(1)), second_(Init::normal(1)) {
    bias_ = parameter("bias", {3}, Init::ones());
    child("first", first_);
    if (crowded) child("extra", extra_);
    child("inner.second", second_);
  }
  const Leaf& first() const { return first_; }
  const Leaf& second() const { return second_; }

 private:
  Parameter bias_;
  Leaf first_, extra_, second_;
};

class Tied final : public Layer {
 public:
  Tied() : embedding_(5, 3, 1.0, 0), generator_(embedding_.weight(), true) {
    child("embedding", embedding_);
    child("generator", generator_);
  }
  const Embedding& embedding() const { return embedding_; }
  const Linear& generator() const { return generator_; }

 private:
  Embedding embedding_;
  Linear generator_;
};

std::map<std::string, std::vector<double>> values(Layer& layer, std::uint64_t seed) {
  layer.materialise(seed);
  std::map<std::string, std::vector<double>> out;
  for (const NamedParameter& one : layer.parameters()) out[one.name] = one.parameter.value().to_doubles();
  return out;
}

std::vector<double> drawn(const Init& init, const Shape& shape, std::uint64_t seed = 7) {
  Leaf leaf(init, shape);
  leaf.materialise(seed, DType::f64);
  return leaf.weight.value().to_doubles();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(layer)

BOOST_AUTO_TEST_CASE(names_are_paths_in_order_of_declaration) {
  Tree tree(true);
  std::vector<std::string> names;
  for (const NamedParameter& one : tree.parameters()) names.push_back(one.name);
  BOOST_TEST(names == (std::vector<std::string>{"bias", "first.weight", "extra.weight", "inner.second.weight"}),
             boost::test_tools::per_element());
  tree.materialise(1);
  BOOST_TEST(tree.path().empty());
  BOOST_TEST(tree.second().path() == "inner.second");
}

BOOST_AUTO_TEST_CASE(a_tied_parameter_appears_once_under_its_first_name) {
  Tied tied;
  std::vector<std::string> names;
  for (const NamedParameter& one : tied.parameters()) names.push_back(one.name);
  BOOST_TEST(names == (std::vector<std::string>{"embedding.weight", "generator.bias"}),
             boost::test_tools::per_element());
  tied.materialise(1);
  BOOST_TEST(tied.generator().weight().value().impl() == tied.embedding().weight().value().impl());
}

BOOST_AUTO_TEST_CASE(values_depend_on_seed_and_name_alone) {
  Tree alone(false), crowded(true), other(false);
  const auto a = values(alone, 5), b = values(crowded, 5), c = values(other, 6);
  for (const auto& [name, expected] : a) {
    BOOST_TEST_CONTEXT(name) {
      BOOST_TEST(b.at(name) == expected, boost::test_tools::per_element());
      if (name != "bias") BOOST_TEST((c.at(name) != expected));
    }
  }
  BOOST_TEST((a.at("first.weight") != a.at("inner.second.weight")));
}

BOOST_AUTO_TEST_CASE(f32_is_the_rounded_f64) {
  Leaf narrow(Init::normal(1)), wide(Init::normal(1));
  narrow.materialise(3);
  wide.materialise(3, DType::f64);
  BOOST_TEST((narrow.weight.value().dtype() == DType::f32));
  const std::vector<double> got = narrow.weight.value().to_doubles(), full = wide.weight.value().to_doubles();
  for (std::size_t i = 0; i < got.size(); ++i) BOOST_TEST(got[i] == static_cast<double>(static_cast<float>(full[i])));
}

BOOST_AUTO_TEST_CASE(parameters_are_leaves_that_want_gradients) {
  Leaf leaf(Init::ones());
  test::check_throws([&] { leaf.weight.value(); }, "E_INTERNAL", "[parameter]", "weight");
  leaf.materialise(1);
  BOOST_TEST(leaf.weight.value().requires_grad());
}

BOOST_AUTO_TEST_CASE(constants_and_uniform_bounds) {
  for (const double value : drawn(Init::zeros(), {3, 2})) BOOST_TEST(value == 0);
  for (const double value : drawn(Init::ones(), {3, 2})) BOOST_TEST(value == 1);
  double low = 1, high = -1, sum = 0;
  const std::vector<double> numbers = drawn(Init::uniform(0.25), {100, 100});
  for (const double value : numbers) {
    low = std::min(low, value);
    high = std::max(high, value);
    sum += value;
  }
  BOOST_TEST_MESSAGE("uniform(0.25): " << low << " .. " << high << ", mean " << sum / 1e4);
  BOOST_TEST((low >= -0.25 && low < -0.249 && high < 0.25 && high > 0.249));
  BOOST_TEST(std::abs(sum / 1e4) < 4 * 0.25 / std::sqrt(3e4));  // four deviations of the mean
  BOOST_TEST(Init::xavier(8, 4).value == std::sqrt(0.5));
}

BOOST_AUTO_TEST_CASE(normal_has_the_deviation_asked_for) {
  double sum = 0, squares = 0;
  for (const double value : drawn(Init::normal(0.5), {100, 100})) {
    sum += value;
    squares += value * value;
  }
  BOOST_TEST_MESSAGE("normal(0.5): mean " << sum / 1e4 << ", deviation " << std::sqrt(squares / 1e4));
  BOOST_TEST(std::abs(sum / 1e4) < 4 * 0.005);
  BOOST_TEST(std::abs(squares / 1e4 - 0.25) < 4 * 0.25 * std::sqrt(2e-4));
}

BOOST_AUTO_TEST_CASE(orthogonal_blocks_of_rows) {
  // A recurrent weight [4H,H] is four orthogonal matrices; a wide one has orthonormal rows.
  for (const auto& [rows, columns] : {std::pair{12, 3}, std::pair{3, 7}, std::pair{5, 2}}) {
    const std::vector<double> m = drawn(Init::orthogonal(2), {rows, columns});
    const int block = std::min(rows, columns);
    double worst = 0;
    for (int i = 0; i < rows; ++i) {
      for (int j = i / block * block; j < std::min(rows, (i / block + 1) * block); ++j) {
        double dot = 0;
        for (int c = 0; c < columns; ++c) {
          dot += m[static_cast<std::size_t>(i * columns + c)] * m[static_cast<std::size_t>(j * columns + c)];
        }
        worst = std::max(worst, std::abs(dot - (i == j ? 4 : 0)));
      }
    }
    BOOST_TEST_MESSAGE(rows << "x" << columns << ": |W W^T - 4 I| per block " << worst << ", seed 7");
    BOOST_TEST(worst < 1e-12);
  }
}

BOOST_AUTO_TEST_CASE(random_keys_follow_seed_path_and_call) {
  Tree tree(false), again(true);
  tree.materialise(5);
  again.materialise(5);
  BOOST_TEST(tree.first().key(0).key == again.first().key(0).key);
  BOOST_TEST(tree.first().key(0).key != tree.second().key(0).key);
  BOOST_TEST(tree.first().key(3).call == 3);
  again.materialise(6);
  BOOST_TEST(tree.first().key(0).key != again.first().key(0).key);
}

BOOST_AUTO_TEST_SUITE_END()
