// The SRU cell against its equations by loops, and its walk over sequences of unequal lengths.
#include <map>

#include "framework/ops/check.hpp"
#include "plugins/load.hpp"
#include "strata/nn/cell.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/shape.hpp"

using namespace strata;
using namespace strata::test;

BOOST_AUTO_TEST_SUITE(sru_cell)

BOOST_AUTO_TEST_CASE(a_step_equals_the_paper) {
  constexpr std::size_t kHidden = 3, kInput = 5, kBatch = 2;
  const auto cell = strata_test::make<Cell>(R"("sru")", {kInput, kHidden});
  cell->materialise(12, DType::f64);
  std::map<std::string, std::vector<double>> of;
  for (const NamedParameter& one : cell->parameters()) of[one.name] = one.parameter.value().to_doubles();
  const Tensor x = leaf({kBatch, kInput}, 1), h = leaf({kBatch, kHidden}, 2), c = leaf({kBatch, kHidden}, 3);
  const std::vector<double> xs = x.to_doubles(), cs = c.to_doubles();
  std::vector<double> hidden, after;
  const auto s = [](double z) { return 1 / (1 + std::exp(-z)); };
  for (std::size_t b = 0; b < kBatch; ++b) {
    for (std::size_t k = 0; k < kHidden; ++k) {
      const auto map = [&](std::size_t part) {
        const std::size_t row = part * kHidden + k;
        double sum = of["bias"][row];
        for (std::size_t i = 0; i < kInput; ++i) sum += of["weight"][row * kInput + i] * xs[b * kInput + i];
        return sum;
      };
      const double before = cs[b * kHidden + k];
      const double f = s(map(1) + of["forget"][k] * before), r = s(map(2) + of["reset"][k] * before);
      after.push_back(f * before + (1 - f) * map(0));
      hidden.push_back(r * after.back() + (1 - r) * map(3));
    }
  }
  const auto step = [&](const Tensor& input, const Tensors& state) {
    const Cell::Projection by = cell->projection();
    return cell->step(linear(input, by.weight, by.bias), state);
  };
  const Tensors got = step(x, {h, c});
  check_close(got[0].to_doubles(), hidden, 1e-14);
  check_close(got[1].to_doubles(), after, 1e-14);
  check_gradients([&](std::span<const Tensor> in) { return step(in[0], {in[1], in[2]}); }, {x, h, c});
}

BOOST_AUTO_TEST_CASE(a_short_row_is_as_if_alone_both_ways) {
  const auto cell = strata_test::make<Cell>(R"("sru")", {4, 3});
  cell->materialise(13, DType::f64);
  const Tensor x = random_tensor({2, 5, 4});
  for (const bool reverse : {false, true}) {
    const Cell::Sequence all = cell->sequence(x, {}, ids({5, 3}, {2}), reverse);
    const Cell::Sequence alone = cell->sequence(slice(slice(x, 0, 1, 2), 1, 0, 3), {}, {}, reverse);
    check_close(slice(slice(all.outputs, 0, 1, 2), 1, 0, 3).to_doubles(), alone.outputs.to_doubles(), 1e-14);
    check_close(slice(all.state[1], 0, 1, 2).to_doubles(), alone.state[1].to_doubles(), 1e-14);
    for (const double value : slice(slice(all.outputs, 0, 1, 2), 1, 3, 5).to_doubles()) BOOST_TEST(value == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()
