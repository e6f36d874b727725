// softmax, log_softmax, softmax_xent, layer_norm: values against double loops, gradients, masks, ignored ids,
// smoothing.
#include "framework/ops/check.hpp"
#include "strata/ops/cross_entropy.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/shape.hpp"

using namespace strata;
using namespace strata::test;

namespace {

// Probabilities of rows of `width` kept elements, by the definition in long double.
std::vector<double> probabilities(const std::vector<double>& x, std::size_t width, const std::vector<int>& keep) {
  std::vector<double> out(x.size());
  for (std::size_t r = 0; r < x.size(); r += width) {
    long double highest = -1e300L, total = 0;
    for (std::size_t i = r; i < r + width; ++i) {
      if (keep[i] != 0) highest = std::max<long double>(highest, x[i]);
    }
    for (std::size_t i = r; i < r + width; ++i) total += keep[i] != 0 ? std::exp(x[i] - highest) : 0;
    for (std::size_t i = r; i < r + width; ++i) {
      out[i] = keep[i] != 0 ? static_cast<double>(std::exp(x[i] - highest) / total) : 0;
    }
  }
  return out;
}

double loss_of(const std::vector<double>& logits, std::size_t target, double smoothing) {
  const std::vector<double> p = probabilities(logits, logits.size(), std::vector<int>(logits.size(), 1));
  double spread = 0;
  for (const double one : p) spread -= std::log(one) / static_cast<double>(p.size());
  return -(1 - smoothing) * std::log(p[target]) + smoothing * spread;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(softmax_ops)

BOOST_AUTO_TEST_CASE(softmax_values) {
  const std::vector<double> x = random_values({4, 6}, 1);
  const std::vector<double> expected = probabilities(x, 6, std::vector<int>(24, 1));
  check_close(softmax(Tensor::from(x, {2, 2, 6})).to_doubles(), expected, 1e-14);
  check_close(softmax(cast(Tensor::from(x, {4, 6}), DType::f32)).to_doubles(), expected, 1e-6);
  check_close(softmax(transpose(contiguous(transpose(Tensor::from(x, {4, 6}))))).to_doubles(), expected, 1e-14);
  const Tensor narrow = cast(Tensor::from(x, {4, 6}), DType::bf16);
  BOOST_TEST((softmax(narrow).dtype() == DType::bf16));
  check_close(softmax(narrow).to_doubles(), probabilities(narrow.to_doubles(), 6, std::vector<int>(24, 1)), 0x1p-8);
  BOOST_TEST((log_softmax(narrow).dtype() == DType::f32));
  std::vector<double> logs;
  for (const double p : expected) logs.push_back(std::log(p));
  check_close(log_softmax(Tensor::from(x, {4, 6})).to_doubles(), logs, 1e-13);
}

BOOST_AUTO_TEST_CASE(large_values_do_not_overflow) {
  const Tensor x = Tensor::from(std::vector<float>{1e30F, 1e30F, -1e30F, 1000, 999, 0}, {2, 3});
  check_close(softmax(x).to_doubles(), {.5, .5, 0, 0.7310585786300049, 0.2689414213699951, 0}, 1e-6);
  check_close(log_softmax(slice(x, 0, 1, 2)).to_doubles(), {-0.3132616875, -1.3132616875, -1000.3132616875}, 1e-6);
}

BOOST_AUTO_TEST_CASE(masked_rows) {
  const std::vector<int> keep{1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0};
  std::vector<double> x = random_values({3, 4}, 2);
  x[1] = 5000;  // masked: it must touch neither values nor gradients
  x[5] = -5000;
  const Tensor mask = bools(keep, {3, 4});
  check_close(softmax(Tensor::from(x, {3, 4}), mask).to_doubles(), probabilities(x, 4, keep), 1e-14);
  check_close(softmax(cast(Tensor::from(x, {3, 4}), DType::f32), mask).to_doubles(), probabilities(x, 4, keep), 1e-6);
  Tensor leaf_x = Tensor::from(x, {3, 4});
  leaf_x.require_grad();
  check_gradients([&](std::span<const Tensor> in) { return Tensors{softmax(in[0], mask)}; }, {leaf_x});
  check_vjp("softmax", {Tensor::from(x, {3, 4}), mask}, {});
}

BOOST_AUTO_TEST_CASE(a_mask_broadcasts) {
  const std::vector<double> x = random_values({2, 3, 4}, 3);
  std::vector<int> keep;
  const std::vector<int> rows{1, 1, 1, 0, 1, 0, 0, 0};
  for (std::size_t i = 0; i < 24; ++i) keep.push_back(rows[i / 12 * 4 + i % 4]);
  check_close(softmax(Tensor::from(x, {2, 3, 4}), bools(rows, {2, 1, 4})).to_doubles(), probabilities(x, 4, keep),
              1e-14);
}

BOOST_AUTO_TEST_CASE(gradients_against_differences) {
  check_gradients(
      [](std::span<const Tensor> in) {
        return Tensors{softmax(in[0]), softmax(transpose(in[0])), log_softmax(in[0]), log_softmax(transpose(in[0]))};
      },
      {leaf({3, 4}, 4)});
  check_vjp("softmax", {random_tensor({2, 3, 4}, 4), {}}, {});
  check_vjp("log_softmax", {random_tensor({2, 3, 4}, 4)}, {});
}

BOOST_AUTO_TEST_CASE(cross_entropy_values_and_gradients) {
  const std::vector<double> x = random_values({6, 5}, 5);
  const std::vector<std::int64_t> at{4, 0, -100, 2, 2, -100};
  const Tensor targets = ids(at, {2, 3});
  for (const double smoothing : {0.0, 0.1, 1.0}) {
    std::vector<double> expected;
    for (std::size_t r = 0; r < 6; ++r) {
      const std::vector<double> row(x.begin() + static_cast<std::ptrdiff_t>(r * 5),
                                    x.begin() + static_cast<std::ptrdiff_t>(r * 5 + 5));
      expected.push_back(at[r] < 0 ? 0 : loss_of(row, static_cast<std::size_t>(at[r]), smoothing));
    }
    check_close(softmax_xent(Tensor::from(x, {2, 3, 5}), targets, smoothing).to_doubles(), expected, 1e-13);
    check_close(softmax_xent(cast(Tensor::from(x, {2, 3, 5}), DType::f32), targets, smoothing).to_doubles(), expected,
                1e-6);
    // The two of cross_entropy: the same loss, and what it would be without smoothing, which carries no gradient.
    const Tensor recorded = Tensor::from(x, {2, 3, 5}).require_grad();
    const CrossEntropy both = cross_entropy(recorded, targets, smoothing);
    check_close(both.loss.to_doubles(), expected, 1e-13);
    check_close(both.nll.to_doubles(), softmax_xent(recorded, targets).to_doubles(), 1e-13);
    BOOST_TEST(both.loss.requires_grad());
    BOOST_TEST(!both.nll.requires_grad());
    check_gradients([&](std::span<const Tensor> in) { return Tensors{cross_entropy(in[0], targets, smoothing).loss}; },
                    {leaf({2, 3, 5}, 4)});
    check_gradients([&](std::span<const Tensor> in) { return Tensors{softmax_xent(in[0], targets, smoothing)}; },
                    {leaf({2, 3, 5}, 5)});
    check_vjp("softmax_xent", {random_tensor({2, 3, 5}, 5), targets},
              OpAttributes().number("smoothing", smoothing).integer("ignore", -100));
  }
  const Tensor narrow = cast(Tensor::from(x, {2, 3, 5}), DType::bf16);
  BOOST_TEST((softmax_xent(narrow, targets).dtype() == DType::f32));
}

BOOST_AUTO_TEST_CASE(an_ignored_class_may_be_a_valid_one) {
  const Tensor x = random_tensor({2, 3}, 6);
  const std::vector<double> losses = softmax_xent(x, ids({0, 1}, {2}), 0, 0).to_doubles();
  BOOST_TEST(losses[0] == 0);
  BOOST_TEST(losses[1] > 0);
}

// torch.nn.functional.cross_entropy(reduction="none") of the same logits in float64.
BOOST_AUTO_TEST_CASE(cross_entropy_as_pytorch) {
  const Tensor x = Tensor::from(std::vector<double>{1, 2, 3, 4, 0, -1}, {2, 3});
  check_close(softmax_xent(x, ids({0, 0}, {2})).to_doubles(), {2.4076059644443806, 0.0247448901388226}, 1e-14);
  check_close(softmax_xent(x, ids({0, 2}, {2}), .1).to_doubles(), {2.3076059644443805, 4.8247448901388221}, 1e-14);
}

BOOST_AUTO_TEST_CASE(layer_norm_values_and_gradients) {
  const std::vector<double> x = random_values({6, 5}, 7), scale = random_values({5}, 8), shift = random_values({5}, 9);
  std::vector<double> expected;
  for (std::size_t r = 0; r < 30; r += 5) {
    long double mean = 0, variance = 0;
    for (std::size_t i = r; i < r + 5; ++i) mean += x[i] / 5;
    for (std::size_t i = r; i < r + 5; ++i) variance += (x[i] - mean) * (x[i] - mean) / 5;
    for (std::size_t i = 0; i < 5; ++i) {
      expected.push_back(static_cast<double>((x[r + i] - mean) / std::sqrt(variance + 1e-5L) * scale[i] + shift[i]));
    }
  }
  const Tensor a = Tensor::from(x, {2, 3, 5}), s = Tensor::from(scale, {5}), t = Tensor::from(shift, {5});
  check_close(layer_norm(a, s, t).to_doubles(), expected, 1e-13);
  check_close(layer_norm(cast(a, DType::f32), cast(s, DType::f32), cast(t, DType::f32)).to_doubles(), expected, 1e-5);
  BOOST_TEST((layer_norm(cast(a, DType::bf16), cast(s, DType::f32), cast(t, DType::f32)).dtype() == DType::bf16));
  check_gradients([](std::span<const Tensor> in) { return Tensors{layer_norm(in[0], in[1], in[2], 1e-3)}; },
                  {leaf({2, 3, 5}, 7), leaf({5}, 8), leaf({5}, 9)});
  check_gradients([](std::span<const Tensor> in) { return Tensors{layer_norm(transpose(in[0]), in[1], in[2])}; },
                  {leaf({5, 3}, 7), leaf({5}, 8), leaf({5}, 9)});
  check_vjp("layer_norm", {a, s, t}, OpAttributes().number("eps", 1e-5));
}

BOOST_AUTO_TEST_CASE(bad_calls_are_named) {
  const Tensor x = Tensor::zeros({2, 5});
  check_error("E_DTYPE", {"[softmax]", "mask f32[2,5]"}, [&] { (void)softmax(x, x); });
  check_error("E_SHAPE", {"[softmax]", "mask bool[3,2,5]", "f32[2,5]"}, [&] {
    (void)softmax(x, bools(std::vector<int>(30, 1), {3, 2, 5}));
  });
  check_error("E_SHAPE", {"[softmax]", "f32[2,0]"}, [] { (void)softmax(Tensor::zeros({2, 0})); });
  check_error("E_DTYPE", {"[log_softmax]", "i64[2]"}, [] { (void)log_softmax(ids({1, 2}, {2})); });
  check_error("E_SHAPE", {"[softmax_xent]", "f32[2,5]", "i64[3]"}, [&] { (void)softmax_xent(x, ids({0, 1, 2}, {3})); });
  check_error("E_SHAPE_INDEX", {"[softmax_xent]", "index 5 at position 1", "[0, 5)"}, [&] {
    (void)softmax_xent(x, ids({0, 5}, {2}));
  });
  check_error("E_SHAPE_INDEX", {"[softmax_xent]", "index -100 at position 0"}, [&] {
    (void)softmax_xent(x, ids({-100, 1}, {2}), 0, -1);
  });
  check_error("E_CONFIG_RANGE", {"[softmax_xent]", "smoothing 1.5"}, [&] {
    (void)softmax_xent(x, ids({0, 1}, {2}), 1.5);
  });
  check_error("E_SHAPE", {"[layer_norm]", "f32[2,5]", "scale f32[4]"},
              [&] { (void)layer_norm(x, Tensor::zeros({4}), Tensor::zeros({5})); });
}

BOOST_AUTO_TEST_SUITE_END()
