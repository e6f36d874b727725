// linear: values against loops in double, gradients against differences, its vjp against its composition, a TimeLoop.
#include <optional>

#include "framework/ops/check.hpp"
#include "strata/autograd/profile.hpp"
#include "strata/autograd/time_loop.hpp"
#include "strata/device/kernels.hpp"
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

// A forward in f64 loops, dense inputs, nothing else: only served when asked for by name.
void linear_loops(const KernelCall& call) {
  const View &x = call.inputs[0], &w = call.inputs[1], &b = call.inputs[2], &addend = call.inputs[3];
  const std::int64_t width = x.size(-1), outputs = w.size(0);
  auto* y = call.outputs[0].as<double>();
  for (std::int64_t i = 0; i < call.outputs[0].numel(); ++i) {
    double z = (b.present() ? b.as<double>()[i % outputs] : 0) + (addend.present() ? addend.as<double>()[i] : 0);
    for (std::int64_t k = 0; k < width; ++k) {
      z += x.as<double>()[i / outputs * width + k] * w.as<double>()[i % outputs * width + k];
    }
    y[i] = activated(z, static_cast<Activation>(call.attributes.integer("activation")));
  }
}
struct Loops {
  Loops() {
    KernelRow row{};
    row.device = "cpu";
    row.op = "linear";
    row.provider = "loops";
    row.priority = -1;
    row.forward = linear_loops;
    row.supports = [](const KernelCall& call) {
      bool fits = true;
      for (int i = 0; i < 4; ++i) {
        const View& input = call.inputs[i];
        fits = fits && (!input.present() || (input.dtype == DType::f64 && input.contiguous()));
      }
      return fits;
    };
    add_kernel(row);
  }
};

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

// A kernel without a backward is paired with the row's vjp, whose weight gradients wait for the end of the loop.
BOOST_AUTO_TEST_CASE(a_time_loop_gives_the_same_gradients_by_one_product) {
  constexpr std::int64_t kSteps = 5;
  static const Loops registered;
  struct Result {
    std::vector<double> gradients;
    std::int64_t products = 0;
  };
  const auto run = [](const char* provider, bool loop, bool fused_activation) {
    const ContextScope outside;
    context().kernels["linear"] = provider;
    const Tensor w = leaf({4, 4}, 1), b = leaf({4}, 2), xs = leaf({kSteps, 3, 4}, 3);
    Tensor state = random_tensor({3, 4}, 4), total = Tensor::scalar(0, DType::f64);
    {
      std::optional<TimeLoop> scope;
      if (loop) scope.emplace();
      for (const Tensor& x : unbind(xs, 0)) {
        state = fused_activation ? linear(state + x, w, b, {}, Activation::gelu) : tanh(linear(state, w, b, x));
        total = total + sum(state);
      }
    }
    Profile profile;
    context().profile = &profile;
    backward(total);
    Result result;
    result.products = profile.rows().at({"matmul", "forward", "plain"}).calls;
    for (const Tensor& one : {w, b, xs}) {
      for (const double value : one.grad().to_doubles()) result.gradients.push_back(value);
    }
    return result;
  };
  for (const bool fused_activation : {false, true}) {
    const Result composed = run("composition", false, fused_activation);
    const Result steps = run("loops", false, fused_activation), waited = run("loops", true, fused_activation);
    check_close(steps.gradients, composed.gradients, 1e-12);
    check_close(waited.gradients, composed.gradients, 1e-12);
    BOOST_TEST_MESSAGE(steps.products << " products step by step, " << waited.products << " with a TimeLoop");
    // dx, dW and, before an activation, z again: the loop leaves one dW and one more z for all steps together.
    BOOST_TEST(steps.products - waited.products == (fused_activation ? kSteps - 2 : kSteps - 1));
  }
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
