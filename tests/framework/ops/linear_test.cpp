// linear: values against loops in double, gradients against differences, its vjp against its composition, a TimeLoop.
#include <optional>

#include "framework/ops/check.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"

using namespace strata;
using namespace strata::test;

namespace {

constexpr Activation kAll[] = {Activation::none, Activation::relu, Activation::tanh, Activation::sigmoid,
                               Activation::gelu};

double activated(double z, Activation activation) {
  switch (activation) {
    case Activation::none: return z;
    case Activation::relu: return z > 0 ? z : 0;
    case Activation::tanh: return std::tanh(z);
    case Activation::sigmoid: return 1 / (1 + std::exp(-z));
    case Activation::gelu: return z * .5 * std::erfc(-z / std::sqrt(2.0));
  }
  return 0;
}

OpAttributes with(Activation activation) {
  return OpAttributes().integer("activation", static_cast<std::int64_t>(activation));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(linear_op)

BOOST_AUTO_TEST_CASE(values_against_loops) {
  const std::vector<double> x = random_values({6, 5}, 1), w = random_values({4, 5}, 2), b = random_values({4}, 3);
  for (const Activation activation : kAll) {
    std::vector<double> expected;
    for (std::size_t r = 0; r < 6; ++r) {
      for (std::size_t o = 0; o < 4; ++o) {
        double z = b[o];
        for (std::size_t i = 0; i < 5; ++i) z += x[r * 5 + i] * w[o * 5 + i];
        expected.push_back(activated(z, activation));
      }
    }
    const Tensor y = linear(Tensor::from(x, {2, 3, 5}), Tensor::from(w, {4, 5}), Tensor::from(b, {4}), {}, activation);
    BOOST_TEST(y.shape().str() == "[2,3,4]");
    check_close(y.to_doubles(), expected, 1e-14);
    const Tensor f = linear(cast(Tensor::from(x, {2, 3, 5}), DType::f32), cast(Tensor::from(w, {4, 5}), DType::f32),
                            cast(Tensor::from(b, {4}), DType::f32), {}, activation);
    BOOST_TEST((f.dtype() == DType::f32));
    check_close(f.to_doubles(), expected, 2e-6);
  }
}

BOOST_AUTO_TEST_CASE(one_row_without_a_leading_axis) {
  const Tensor x = random_tensor({5}, 1), w = random_tensor({4, 5}, 2);
  const Tensor y = linear(x, w);
  BOOST_TEST(y.shape().str() == "[4]");
  check_close(y.to_doubles(), linear(reshape(x, {1, 5}), w).to_doubles(), 0);
}

BOOST_AUTO_TEST_CASE(gradients_against_differences) {
  for (const Activation activation : kAll) {
    check_gradients([&](std::span<const Tensor> in) { return Tensors{linear(in[0], in[1], in[2], {}, activation)}; },
                    {leaf({2, 3, 4}, 1), leaf({5, 4}, 2), leaf({5}, 3)});
  }
  check_gradients(
      [](std::span<const Tensor> in) { return Tensors{linear(transpose(in[0]), transpose(in[1]), {}, in[2])}; },
      {leaf({4, 3}, 1), leaf({4, 5}, 2), leaf({3, 5}, 3)});
}

BOOST_AUTO_TEST_CASE(the_vjp_equals_the_composition) {
  for (const Activation activation : kAll) {
    check_vjp("linear", {random_tensor({2, 3, 4}, 1), random_tensor({5, 4}, 2), random_tensor({5}, 3), {}},
              with(activation));
  }
  check_vjp("linear", {random_tensor({3, 4}, 1), random_tensor({5, 4}, 2), {}, random_tensor({3, 5}, 4)},
            with(Activation::none));
  check_vjp("linear", {random_tensor({4}, 1), random_tensor({5, 4}, 2), random_tensor({5}, 3), {}},
            with(Activation::tanh));
}

BOOST_AUTO_TEST_CASE(bf16_input_rounds_the_weight_and_keeps_its_gradient_in_f32) {
  Tensor w = cast(random_tensor({3, 4}, 2), DType::f32);
  w.require_grad();
  const Tensor x = cast(random_tensor({8, 4}, 1), DType::bf16);
  const Tensor y = linear(x, w);
  BOOST_TEST((y.dtype() == DType::bf16));
  const std::vector<double> rounded =
      linear(cast(x, DType::f64), cast(cast(w.detach(), DType::bf16), DType::f64)).to_doubles();
  check_close(y.to_doubles(), rounded, 0x1p-8);
  backward(y, cast(Tensor::full({8, 3}, 1), DType::bf16));
  BOOST_TEST((w.grad().dtype() == DType::f32));

  // The row's own vjp: f32 products, no rounding to bf16 on the way.
  const Op& op = *find_op("linear");
  const Tensors inputs{x, w.detach(), Tensor(), Tensor()};
  const Tensor none, g = cast(random_tensor({8, 3}, 5), DType::bf16);
  const std::vector<TensorSpec> specs{spec_of(DType::bf16, {8, 4}), spec_of(DType::f32, {3, 4}), {}, {}};
  const Tensors gradients =
      op.vjp({op, inputs, std::span(&none, 1), std::span(&g, 1), with(Activation::none), specs, 3});
  BOOST_TEST((gradients[0].dtype() == DType::bf16));
  const std::vector<double> gs = g.to_doubles(), xs = x.to_doubles();
  std::vector<double> expected(12);
  for (std::size_t r = 0; r < 8; ++r) {
    for (std::size_t i = 0; i < 12; ++i) expected[i] += gs[r * 3 + i / 4] * xs[r * 4 + i % 4];
  }
  check_close(gradients[1].to_doubles(), expected, 1e-6);
}

BOOST_AUTO_TEST_CASE(a_time_loop_gives_the_same_gradients) {
  const auto run = [](bool loop) {
    const Tensor w = leaf({4, 4}, 1), b = leaf({4}, 2), xs = leaf({5, 3, 4}, 3);
    Tensor state = Tensor::zeros({3, 4}, DType::f64), total = Tensor::scalar(0, DType::f64);
    {
      std::optional<TimeLoop> scope;
      if (loop) scope.emplace();
      for (const Tensor& x : unbind(xs, 0)) {
        state = tanh(linear(state, w, b, x));
        total = total + sum(state);
      }
    }
    backward(total);
    std::vector<double> all;
    for (const Tensor& one : {w, b, xs}) {
      for (const double value : one.grad().to_doubles()) all.push_back(value);
    }
    return all;
  };
  check_close(run(true), run(false), 1e-12);
}

BOOST_AUTO_TEST_CASE(bad_calls_are_named) {
  const Tensor x = Tensor::zeros({2, 5}), w = Tensor::zeros({4, 5});
  check_error("E_SHAPE", {"[linear]", "f32[2,3]", "f32[4,5]"}, [&] { (void)linear(Tensor::zeros({2, 3}), w); });
  check_error("E_SHAPE", {"[linear]", "bias f32[5]", "f32[4,5]"}, [&] { (void)linear(x, w, Tensor::zeros({5})); });
  check_error("E_SHAPE", {"[linear]", "addend f32[4]", "[2,4]"}, [&] { (void)linear(x, w, {}, Tensor::zeros({4})); });
  check_error("E_DTYPE", {"[linear]", "addend bf16[2,4]", "f32[2,5]"}, [&] {
    (void)linear(x, w, {}, Tensor::zeros({2, 4}, DType::bf16));
  });
  check_error("E_SHAPE", {"[linear]", "activation"}, [&] {
    (void)linear(x, w, {}, Tensor::zeros({2, 4}), Activation::relu);
  });
  check_error("E_DTYPE", {"[linear]", "i64[2,5]"}, [&] { (void)linear(Tensor::zeros({2, 5}, DType::i64), w); });
}

BOOST_AUTO_TEST_SUITE_END()
