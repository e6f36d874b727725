// Recurrent and attention ops: gradients against differences, lengths against runs without padding, reverse, beams.
#include <boost/test/unit_test.hpp>
#include <random>

#include "strata/autograd/backward.hpp"
#include "strata/core/error.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/shape.hpp"

using namespace strata;

namespace {

class Values {
 public:
  explicit Values(unsigned seed) : engine_(seed) {}

  Tensor operator()(const Shape& shape, double scale = 0.5) {
    std::uniform_real_distribution<double> uniform(-scale, scale);
    std::vector<double> values(static_cast<std::size_t>(shape.numel()));
    for (double& value : values) value = uniform(engine_);
    Tensor tensor = Tensor::from(values, shape);
    tensor.require_grad();
    return tensor;
  }
  RecurrentWeights weights(std::int64_t gates, std::int64_t input, std::int64_t hidden) {
    return {(*this)({gates * hidden, input}), (*this)({gates * hidden, hidden}), (*this)({gates * hidden}),
            (*this)({gates * hidden})};
  }

 private:
  std::mt19937 engine_;
};

void check_gradients(const std::function<Tensors(std::span<const Tensor>)>& function, const Tensors& inputs) {
  const GradcheckReport report = gradcheck(function, inputs, 1e-7);
  BOOST_TEST_MESSAGE("worst " << report.worst << " at " << report.message);
  BOOST_TEST(report.passed, report.message);
}

void check_same(const Tensor& a, const Tensor& b, double tolerance = 1e-12) {
  const auto x = a.to_doubles(), y = b.to_doubles();
  BOOST_REQUIRE_EQUAL(x.size(), y.size());
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) worst = std::max(worst, std::abs(x[i] - y[i]));
  BOOST_TEST_MESSAGE("largest difference " << worst << ", tolerance " << tolerance);
  BOOST_TEST(worst <= tolerance);
}

const Tensor kLengths = Tensor::from(std::vector<std::int64_t>{4, 1, 2}, {3});

}  // namespace

BOOST_AUTO_TEST_SUITE(recurrent)

BOOST_AUTO_TEST_CASE(lstm_against_differences) {
  for (const bool reverse : {false, true}) {
    Values random(7);
    const RecurrentWeights w = random.weights(4, 2, 3);
    check_gradients(
        [&](std::span<const Tensor> in) {
          const auto out = lstm(in[0], {in[1], in[2], in[3], in[4]}, in[5], in[6], in[7], reverse);
          return Tensors{out.outputs, out.hidden, out.cell};
        },
        {random({3, 4, 2}), w.input, w.hidden, w.input_bias, w.hidden_bias, random({3, 3}), random({3, 3}), kLengths});
  }
}

BOOST_AUTO_TEST_CASE(gru_and_rnn_against_differences) {
  for (const bool is_gru : {false, true}) {
    Values random(8);
    const RecurrentWeights w = random.weights(is_gru ? 3 : 1, 2, 3);
    check_gradients(
        [&](std::span<const Tensor> in) {
          const RecurrentWeights weights{in[1], in[2], in[3], in[4]};
          const auto out = is_gru ? gru(in[0], weights, in[5], in[6], true) : rnn(in[0], weights, in[5], in[6], true);
          return Tensors{out.outputs, out.hidden};
        },
        {random({3, 4, 2}), w.input, w.hidden, w.input_bias, w.hidden_bias, random({3, 3}), kLengths});
  }
}

BOOST_AUTO_TEST_CASE(a_padded_row_equals_the_row_alone) {
  Values random(9);
  const RecurrentWeights w = random.weights(4, 2, 3), u = random.weights(3, 2, 3);
  const Tensor x = random({3, 4, 2});
  for (const bool reverse : {false, true}) {
    const auto all = lstm(x, w, {}, {}, kLengths, reverse);
    const auto all_gru = gru(x, u, {}, kLengths, reverse);
    for (std::int64_t row = 0; row < 3; ++row) {
      const std::int64_t n = kLengths.to_integers()[static_cast<std::size_t>(row)];
      const Tensor alone = slice(slice(x, 0, row, row + 1), 1, 0, n);
      const auto one = lstm(alone, w, {}, {}, {}, reverse);
      const Tensor outputs = slice(all.outputs, 0, row, row + 1);
      check_same(slice(outputs, 1, 0, n), one.outputs);
      check_same(slice(outputs, 1, n, 4), Tensor::zeros({1, 4 - n, 3}, DType::f64));
      check_same(slice(all.hidden, 0, row, row + 1), one.hidden);
      check_same(slice(all.cell, 0, row, row + 1), one.cell);
      check_same(slice(all_gru.hidden, 0, row, row + 1), gru(alone, u, {}, {}, reverse).hidden);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_cells_against_differences) {
  Values random(10);
  check_gradients(
      [](std::span<const Tensor> in) {
        const CellState next = lstm_cell(in[0], in[1]);
        return Tensors{next.hidden, next.cell};
      },
      {random({2, 12}, 2), random({2, 3}, 2)});
  check_gradients([](std::span<const Tensor> in) { return Tensors{lstm_cell(in[0], in[1]).cell}; },
                  {random({2, 12}, 2), random({2, 3}, 2)});
  check_gradients([](std::span<const Tensor> in) { return Tensors{gru_cell(in[0], in[1], in[2])}; },
                  {random({2, 9}, 2), random({2, 9}, 2), random({2, 3}, 2)});
}

BOOST_AUTO_TEST_CASE(additive_scores_against_differences) {
  Values random(11);
  check_gradients([](std::span<const Tensor> in) { return Tensors{additive_score(in[0], in[1], in[2])}; },
                  {random({4, 2, 5}), random({2, 3, 5}), random({5})});
}

BOOST_AUTO_TEST_CASE(beams_read_the_keys_of_their_sentence) {
  Values random(12);
  const Tensor query = random({6, 2, 5}), keys = random({2, 3, 5}), v = random({5});
  const Tensor scores = additive_score(query, keys, v);
  for (std::int64_t r = 0; r < 6; ++r) {
    check_same(slice(scores, 0, r, r + 1),
               additive_score(slice(query, 0, r, r + 1), slice(keys, 0, r / 3, r / 3 + 1), v));
  }
  const Tensor q = random({6, 4, 2, 5}), k = random({2, 2, 3, 5}), u = random({2, 2, 3, 4});
  const Tensor mixed = sdpa(q, k, u);
  for (std::int64_t r = 0; r < 6; ++r) {
    for (std::int64_t h = 0; h < 4; ++h) {
      const auto one = [](const Tensor& t, std::int64_t row, std::int64_t head) {
        return slice(slice(t, 0, row, row + 1), 1, head, head + 1);
      };
      check_same(one(mixed, r, h), sdpa(one(q, r, h), one(k, r / 3, h / 2), one(u, r / 3, h / 2)));
    }
  }
}

BOOST_AUTO_TEST_CASE(sdpa_against_differences) {
  Values random(13);
  const Tensor mask = logical_not(equal(random({4, 1, 1, 3}).detach(), Tensor::scalar(0, DType::f64)));
  for (const bool causal : {false, true}) {
    check_gradients(
        [&](std::span<const Tensor> in) { return Tensors{sdpa(in[0], in[1], in[2], mask, {.causal = causal})}; },
        {random({4, 4, 2, 3}), random({2, 2, 3, 3}), random({2, 2, 3, 2})});
  }
}

BOOST_AUTO_TEST_CASE(a_query_without_a_key_gives_zeros) {
  Values random(14);
  const Tensor mask = Tensor::from(std::vector<std::uint8_t>{1, 0, 0, 0}, {2, 1, 1, 2});
  const Tensor out =
      sdpa(random({2, 1, 1, 3}), random({2, 1, 2, 3}), random({2, 1, 2, 3}), less(Tensor::scalar(0, DType::u8), mask));
  const auto values = out.to_doubles();
  BOOST_TEST(values[0] != 0.0);
  for (std::size_t i = 3; i < 6; ++i) BOOST_TEST(values[i] == 0.0);
}

BOOST_AUTO_TEST_CASE(wrong_shapes_are_named) {
  Values random(15);
  const auto w = random.weights(4, 2, 3);
  const auto is_shape = [](const Error& fault) {
    BOOST_TEST_MESSAGE(fault.what());
    return fault.code() == "E_SHAPE";
  };
  BOOST_CHECK_EXCEPTION(lstm(random({3, 4, 5}), w, {}, {}, {}, false), Error, is_shape);
  BOOST_CHECK_EXCEPTION(lstm(random({3, 4, 2}), w, random({2, 3}), {}, {}, false), Error, is_shape);
  BOOST_CHECK_EXCEPTION(gru(random({3, 4, 2}), w, {}, {}, false), Error, is_shape);
  BOOST_CHECK_EXCEPTION(lstm(random({3, 4, 2}), w, {}, {}, Tensor::from(std::vector<std::int64_t>{1}, {1}), false),
                        Error, is_shape);
  BOOST_CHECK_EXCEPTION(additive_score(random({3, 1, 5}), random({2, 3, 5}), random({5})), Error, is_shape);
  BOOST_CHECK_EXCEPTION(sdpa(random({1, 3, 2, 4}), random({1, 2, 2, 4}), random({1, 2, 2, 4})), Error, is_shape);
}

BOOST_AUTO_TEST_SUITE_END()
