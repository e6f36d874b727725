// The oneDNN backend against compositions over plain loops: recurrence and attention.
#include <tuple>

#include "backends/onednn.hpp"

using namespace backend_test;

BOOST_FIXTURE_TEST_SUITE(onednn, Loaded, *boost::unit_test::precondition(built))

BOOST_AUTO_TEST_CASE(recurrent_layers_equal_their_compositions) {
  Compare compare(7);
  const std::int64_t B = 5, T = 7, I = 20, H = 33;
  for (const DType dtype : kTypes) {
    for (int variant = 0; variant < 8; ++variant) {
      const bool reverse = (variant & 1) != 0, states = (variant & 4) != 0;
      const Tensor lengths =
          (variant & 2) != 0 ? Tensor::from(std::vector<std::int64_t>{7, 3, 0, 1, 6}, {B}) : Tensor();
      const auto inputs = [&](std::int64_t gates, bool cell) {
        Tensors in{compare.normal({B, T, I}, dtype),
                   weight(compare.normal({gates * H, I}, DType::f32, 0.2)),
                   weight(compare.normal({gates * H, H}, DType::f32, 0.2)),
                   compare.normal({gates * H}),
                   compare.normal({gates * H}),
                   states ? compare.normal({B, H}, dtype) : Tensor()};
        if (cell) in.push_back(states ? compare.normal({B, H}) : Tensor());
        return in;
      };
      const std::string suffix = " variant " + std::to_string(variant);
      compare(
          label("lstm", dtype) + suffix,
          [&](const Tensors& in) {
            const RecurrentOutput out = lstm(in[0], {in[1], in[2], in[3], in[4]}, in[5], in[6], lengths, reverse);
            return Tensors{out.outputs, out.hidden, out.cell};
          },
          inputs(4, true), tolerance(dtype));
      compare(
          label("gru", dtype) + suffix,
          [&](const Tensors& in) {
            const RecurrentOutput out = gru(in[0], {in[1], in[2], in[3], in[4]}, in[5], lengths, reverse);
            return Tensors{out.outputs, out.hidden};
          },
          inputs(3, false), tolerance(dtype));
    }
  }
}

BOOST_AUTO_TEST_CASE(cells_equal_their_compositions) {
  Compare compare(8);
  for (const DType dtype : kTypes) {
    compare(
        label("lstm_cell", dtype),
        [](const Tensors& in) {
          const CellState out = lstm_cell(in[0], in[1]);
          return Tensors{out.hidden, out.cell};
        },
        {compare.normal({6, 4 * 41}, dtype), compare.normal({6, 41})}, tolerance(dtype));
    compare(
        label("gru_cell", dtype), [](const Tensors& in) { return Tensors{gru_cell(in[0], in[1], in[2])}; },
        {compare.normal({6, 3 * 41}, dtype), compare.normal({6, 3 * 41}, dtype), compare.normal({6, 41}, dtype)},
        tolerance(dtype));
  }
}

BOOST_AUTO_TEST_CASE(additive_score_equals_its_composition) {
  Compare compare(9);
  for (const DType dtype : kTypes) {
    for (const auto& [rows, queries] : {std::pair<int, int>{4, 1}, {12, 5}, {8, 1}}) {
      compare(
          label("additive_score", dtype),
          [](const Tensors& in) { return Tensors{additive_score(in[0], in[1], in[2])}; },
          {compare.normal({rows, queries, 50}, dtype), compare.normal({4, 9, 50}, dtype), compare.normal({50})},
          tolerance(dtype));
    }
    // keys that two queries read: the second gradient is added in place
    compare(
        label("additive_score, keys twice", dtype),
        [](const Tensors& in) {
          return Tensors{additive_score(in[0], in[2], in[3]), additive_score(in[1], in[2], in[3])};
        },
        {compare.normal({4, 1, 50}, dtype), compare.normal({4, 1, 50}, dtype), compare.normal({4, 9, 50}, dtype),
         compare.normal({50})},
        tolerance(dtype));
  }
}

BOOST_AUTO_TEST_CASE(sdpa_equals_its_composition) {
  Compare compare(142);
  ContextScope scope;
  context().training = true;
  for (const DType dtype : kTypes) {
    for (const std::int64_t keys : {7, 70, 130}) {
      const Tensor mask = less(compare.integers({4, 1, 1, keys}, 4), Tensor::full({}, 3, DType::i64));
      for (const SdpaOptions& options :
           {SdpaOptions{}, SdpaOptions{.causal = true, .scale = 0.3}, SdpaOptions{.dropout = 0.2, .key = {91, 1}}}) {
        compare(
            label("sdpa", dtype) + " " + std::to_string(keys) + " keys, dropout " + std::to_string(options.dropout),
            [&](const Tensors& in) { return Tensors{sdpa(in[0], in[1], in[2], mask, options)}; },
            {compare.normal({4, 4, 50, 21}, dtype), compare.normal({2, 2, keys, 21}, dtype),
             compare.normal({2, 2, keys, 35}, dtype)},
            tolerance(dtype));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(sdpa_cached_equals_its_composition) {
  Compare compare(143);
  const NoGrad none;
  for (const DType dtype : kTypes) {
    for (const auto& [rows, heads, kv_heads, width, time] :
         {std::tuple{1, 8, 8, 64, 25}, std::tuple{1, 1, 1, 1, 1}, std::tuple{7, 6, 3, 21, 9},
          std::tuple{3, 20, 20, 33, 40}}) {
      const Tensor q = compare.normal({rows, heads, width}, dtype), k = compare.normal({5, 40, kv_heads, width}, dtype),
                   v = compare.normal({5, 40, kv_heads, width + 2}, dtype), origin = compare.integers({rows, time}, 5);
      const Tensor fast = sdpa_cached(q, k, v, origin);
      const ContextScope scope;
      context().kernels["sdpa_cached"] = "composition";
      const double worst = Compare::difference(fast, sdpa_cached(q, k, v, origin));
      BOOST_TEST(worst <= tolerance(dtype), label("sdpa_cached", dtype) << q.shape().str() << ": " << worst);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
