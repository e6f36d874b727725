// add_sinusoid and length_mask: values, gradients, what is refused.
#include "strata/ops/positions.hpp"

#include "framework/ops/check.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/shape.hpp"

using namespace strata;
using namespace strata::test;

BOOST_AUTO_TEST_SUITE(position_ops)

// PE(t, 2i) = sin(t / 10000^(2i/C)), PE(t, 2i+1) = cos(...), by the formula as it stands in the paper.
BOOST_AUTO_TEST_CASE(sinusoids_against_a_scalar_loop) {
  const std::int64_t width = 6;
  const Tensor x = random_tensor({2, 3, width});
  for (const std::int64_t rows : {1, 2}) {
    const std::vector<std::int64_t> at{0, 1, 2, 100000, 7, 123};
    const std::vector<std::int64_t> given(at.begin(), at.begin() + 3 * rows);
    for (const double scale : {1.0, 2.5}) {
      std::vector<double> expected = x.to_doubles();
      for (std::int64_t row = 0; row < 2; ++row) {
        for (std::int64_t t = 0; t < 3; ++t) {
          for (std::int64_t c = 0; c < width; ++c) {
            const double position = static_cast<double>(at[static_cast<std::size_t>((rows == 1 ? 0 : row) * 3 + t)]);
            const double angle = position / std::pow(10000.0, static_cast<double>(c - c % 2) / width);
            double& value = expected[static_cast<std::size_t>((row * 3 + t) * width + c)];
            value = value * scale + (c % 2 == 0 ? std::sin(angle) : std::cos(angle));
          }
        }
      }
      const Tensor positions = ids(given, {rows, 3});
      check_close(add_sinusoid(x, positions, scale).to_doubles(), expected, 1e-10);
      check_close(add_sinusoid(cast(x, DType::f32), positions, scale).to_doubles(), expected, 1e-6);
      BOOST_TEST((add_sinusoid(cast(x, DType::bf16), positions, scale).dtype() == DType::bf16));
    }
  }
}

BOOST_AUTO_TEST_CASE(gradients_against_differences) {
  const Tensor at = ids({5, 6, 7}, {1, 3});
  for (const double scale : {1.0, 3.0}) {
    check_gradients([&](std::span<const Tensor> in) { return Tensors{add_sinusoid(in[0], at, scale)}; },
                    {leaf({2, 3, 4})});
    check_vjp("add_sinusoid", {random_tensor({2, 3, 4}), at}, OpAttributes().number("scale", scale));
  }
}

BOOST_AUTO_TEST_CASE(masks_end_with_their_rows) {
  const Tensor lengths = ids({2, 0, 3, 9}, {4});
  const std::vector<double> expected{1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1};
  for (const DType dtype : {DType::i64, DType::i32}) {
    const Tensor mask = length_mask(cast(lengths, dtype), 3);
    BOOST_TEST((mask.dtype() == DType::boolean));
    BOOST_TEST(mask.shape() == (Shape{4, 3}));
    BOOST_TEST(cast(mask, DType::f32).to_doubles() == expected, boost::test_tools::per_element());
  }
  BOOST_TEST(length_mask(lengths, 0).shape() == (Shape{4, 0}));
}

BOOST_AUTO_TEST_CASE(bad_calls_are_named) {
  const Tensor x = Tensor::zeros({2, 3, 4}), at = ids({0, 1, 2}, {1, 3});
  check_error("E_SHAPE", {"[add_sinusoid]", "f32[2,3,5]", "even"}, [&] {
    (void)add_sinusoid(Tensor::zeros({2, 3, 5}), at);
  });
  check_error("E_SHAPE", {"[add_sinusoid]", "i64[1,2]"}, [&] { (void)add_sinusoid(x, ids({0, 1}, {1, 2})); });
  check_error("E_SHAPE", {"[add_sinusoid]", "i64[3,3]"}, [&] {
    (void)add_sinusoid(x, ids({0, 1, 2, 0, 1, 2, 0, 1, 2}, {3, 3}));
  });
  check_error("E_DTYPE", {"[add_sinusoid]", "f32[1,3]"}, [&] { (void)add_sinusoid(x, Tensor::zeros({1, 3})); });
  check_error("E_SHAPE", {"[length_mask]", "i64[1,3]"}, [&] { (void)length_mask(at, 3); });
  check_error("E_SHAPE", {"[length_mask]", "-1"}, [&] { (void)length_mask(ids({1}, {1}), -1); });
  check_error("E_DTYPE", {"[length_mask]", "f32[2]"}, [&] { (void)length_mask(Tensor::zeros({2}), 3); });
}

BOOST_AUTO_TEST_SUITE_END()
