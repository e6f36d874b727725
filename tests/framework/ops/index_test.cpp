// iota, index_rows, pick, embedding and the scatters: values, gradients, order of additions, bad indices.
#include "strata/ops/index.hpp"

#include "framework/ops/check.hpp"
#include "strata/device/parallel.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"

using namespace strata;
using namespace strata::test;

BOOST_AUTO_TEST_SUITE(index_ops)

BOOST_AUTO_TEST_CASE(iota_counts_in_every_type) {
  for (const DType dtype : {DType::i64, DType::i32, DType::f32, DType::f64, DType::bf16}) {
    BOOST_TEST(iota(5, dtype).to_doubles() == (std::vector<double>{0, 1, 2, 3, 4}), boost::test_tools::per_element());
    BOOST_TEST((iota(5, dtype).dtype() == dtype));
  }
  BOOST_TEST(iota(0).numel() == 0);
  check_error("E_SHAPE", {"[iota]", "-1"}, [] { (void)iota(-1); });
}

BOOST_AUTO_TEST_CASE(index_rows_repeats_and_permutes) {
  const Tensor x = Tensor::from(std::vector<double>{0, 1, 10, 11, 20, 21}, {3, 2});
  const std::vector<double> expected{20, 21, 0, 1, 20, 21};
  BOOST_TEST(index_rows(x, ids({2, 0, 2}, {3})).to_doubles() == expected, boost::test_tools::per_element());
  // A transposed view and strided indices.
  const Tensor t = index_rows(transpose(x), select(ids({1, 7, 0, 7}, {2, 2}), 1, 0));
  BOOST_TEST(t.to_doubles() == (std::vector<double>{1, 11, 21, 0, 10, 20}), boost::test_tools::per_element());
  BOOST_TEST((index_rows(cast(x, DType::bf16), ids({1}, {1})).dtype() == DType::bf16));
  BOOST_TEST(index_rows(x, ids({}, {0})).numel() == 0);
}

BOOST_AUTO_TEST_CASE(gradients_against_differences) {
  const Tensor rows = ids({2, 0, 2, 1, 2}, {5});
  check_gradients([&](std::span<const Tensor> in) { return Tensors{index_rows(in[0], rows)}; }, {leaf({3, 2, 2})});
  check_gradients([&](std::span<const Tensor> in) { return Tensors{index_rows(transpose(in[0]), rows)}; },
                  {leaf({2, 3})});
  const Tensor at = ids({2, 0, 2, 1}, {2, 2});
  check_gradients(
      [&](std::span<const Tensor> in) {
        return Tensors{pick(in[0], at), pick(in[0], at) * 2.0};
      },
      {leaf({2, 2, 3})});
  check_gradients(
      [&](std::span<const Tensor> in) {
        // An expanded gradient (from sum), and two uses of one table.
        return Tensors{sum(embedding(in[0], at, DType::f64)), embedding(in[0], rows, DType::f64) * 3.0};
      },
      {leaf({4, 3})});
}

BOOST_AUTO_TEST_CASE(pick_takes_one_of_each_row) {
  const Tensor x = Tensor::from(std::vector<double>{0, 1, 2, 10, 11, 12}, {2, 3});
  BOOST_TEST(pick(x, ids({2, 0}, {2})).to_doubles() == (std::vector<double>{2, 10}), boost::test_tools::per_element());
  BOOST_TEST(pick(transpose(x), ids({1, 0, 1}, {3})).to_doubles() == (std::vector<double>{10, 1, 12}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_padding_row_gets_no_gradient) {
  Tensor weight = Tensor::from(std::vector<float>{0, 0, 1, 2, 3, 4}, {3, 2});
  weight.require_grad();
  const Tensor y = embedding(weight, ids({1, 0, 1, 2}, {2, 2}), DType::bf16, 0);
  BOOST_TEST((y.dtype() == DType::bf16));
  BOOST_TEST(y.shape().str() == "[2,2,2]");
  backward(y, cast(Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8}, {2, 2, 2}), DType::bf16));
  BOOST_TEST((weight.grad().dtype() == DType::f32));
  BOOST_TEST(weight.grad().to_doubles() == (std::vector<double>{0, 0, 6, 8, 7, 8}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(rows_that_repeat_are_summed_in_f32_whatever_the_gradient) {
  Tensor weight = Tensor::zeros({2, 1});
  weight.require_grad();
  const Tensor y = embedding(weight, Tensor::zeros({960}, DType::i64), DType::bf16);
  backward(y, Tensor::full({960, 1}, 1.0078125, DType::bf16));
  BOOST_TEST(weight.grad().to_doubles()[0] == 967.5);  // in bf16 it would stop at 256
}

BOOST_AUTO_TEST_CASE(the_sum_does_not_depend_on_the_thread_count) {
  const Shape shape{3000, 70};
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < 3000; ++i) rows.push_back(i * i % 7);
  const Tensor x = cast(random_tensor(shape), DType::f32), at = ids(rows, {3000});
  const int before = thread_count();
  std::vector<std::vector<double>> sums;
  for (const int threads : {1, 2, 3}) {
    set_thread_count(threads);
    const Tensor target = Tensor::zeros({7, 70});
    scatter_rows(target, x, at);
    sums.push_back(target.to_doubles());
  }
  set_thread_count(before);
  BOOST_TEST(sums[0] == sums[1], boost::test_tools::per_element());
  BOOST_TEST(sums[0] == sums[2], boost::test_tools::per_element());
  std::vector<double> expected(490);
  const std::vector<double> values = x.to_doubles();
  for (std::size_t i = 0; i < values.size(); ++i) {
    expected[static_cast<std::size_t>(rows[i / 70]) * 70 + i % 70] += values[i];
  }
  check_close(sums[0], expected, 1e-4);  // 430 additions in f32
}

BOOST_AUTO_TEST_CASE(scatters_into_views) {
  const Tensor base = Tensor::zeros({2, 3}, DType::bf16);
  scatter_rows(transpose(base), Tensor::from(std::vector<double>{1, 2, 3, 4}, {2, 2}), ids({2, 2}, {2}));
  BOOST_TEST(base.to_doubles() == (std::vector<double>{0, 0, 4, 0, 0, 6}), boost::test_tools::per_element());
  const auto version = base.version();
  scatter_pick(base, Tensor::from(std::vector<double>{5, 7}, {2}), ids({0, 2}, {2}));
  BOOST_TEST(base.to_doubles() == (std::vector<double>{5, 0, 4, 0, 0, 13}), boost::test_tools::per_element());
  BOOST_TEST(base.version() > version);
}

BOOST_AUTO_TEST_CASE(bad_calls_are_named) {
  const Tensor x = Tensor::zeros({3, 2});
  check_error("E_SHAPE_INDEX", {"[index_rows]", "index 3 at position 1", "[0, 3)"}, [&] {
    (void)index_rows(x, ids({0, 3}, {2}));
  });
  check_error("E_SHAPE_INDEX", {"[pick]", "index -1 at position 2", "[0, 2)"}, [&] {
    (void)pick(x, ids({0, 1, -1}, {3}));
  });
  check_error("E_SHAPE_INDEX", {"[embedding]", "index 9 at position 3", "i64[2,2]", "[0, 3)"}, [&] {
    (void)embedding(x, ids({0, 1, 2, 9}, {2, 2}));
  });
  check_error("E_SHAPE_INDEX", {"[embedding]", "padding row 3", "f32[3,2]"},
              [&] { (void)embedding(x, ids({0}, {1}), DType::f32, 3); });
  check_error("E_DTYPE", {"[embedding]", "f32[2]"}, [&] { (void)embedding(x, Tensor::zeros({2})); });
  check_error("E_DTYPE", {"[embedding]", "i64[2,2]"}, [&] {
    (void)embedding(Tensor::zeros({2, 2}, DType::i64), ids({0}, {1}));
  });
  check_error("E_SHAPE", {"[pick]", "f32[3,2]", "i64[2]"}, [&] { (void)pick(x, ids({0, 1}, {2})); });
  check_error("E_SHAPE", {"[index_rows]", "i64[1,1]"}, [&] { (void)index_rows(x, ids({0}, {1, 1})); });
  check_error("E_SHAPE", {"[scatter_rows]", "f32[3,2]"}, [&] {
    scatter_rows(x, Tensor::zeros({1, 3}), ids({0}, {1}));
  });
}

BOOST_AUTO_TEST_SUITE_END()
