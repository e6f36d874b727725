// The engine: sums where paths meet, fixed order, stale and freed graphs, long chains, hooks, checkpoints.
#include "strata/autograd/backward.hpp"

#include <boost/test/unit_test.hpp>

#include "strata/core/error.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

using namespace strata;

namespace {

Tensor leaf(const std::vector<double>& values, const Shape& shape) {
  Tensor tensor = Tensor::from(values, shape);
  tensor.require_grad();
  return tensor;
}

void check_gradients(const std::function<Tensors(std::span<const Tensor>)>& function, const Tensors& inputs) {
  const GradcheckReport report = gradcheck(function, inputs);
  BOOST_TEST_MESSAGE("worst " << report.worst << " at " << report.message);
  BOOST_TEST(report.passed, report.message);
}

bool is_code(const Error& fault, const std::string& code) {
  BOOST_TEST_MESSAGE(fault.what());
  return fault.code() == code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backward_engine)

BOOST_AUTO_TEST_CASE(paths_that_meet_are_summed) {
  const Tensor x = leaf({3.0}, {});
  backward(x * x * x + x);  // 3 x^2 + 1
  BOOST_TEST(x.grad().item() == 28.0);
  backward(x * 2.0);
  BOOST_TEST(x.grad().item() == 30.0);  // leaves accumulate
}

// The gradient of a view shares the storage of what it came from: adding to it in place would change that, too.
BOOST_AUTO_TEST_CASE(a_gradient_that_a_view_shares_is_not_added_to_in_place) {
  const Tensor x = leaf({1, 2}, {2}), u = leaf({3, 4}, {1, 2});
  const Tensor w = u * 10.0;
  const Tensor z = x + reshape(u, {2});
  backward(sum(z * Tensor::from(std::vector<double>{5, 7}, {2})) + sum(w));
  BOOST_TEST(x.grad().to_doubles() == (std::vector<double>{5, 7}), boost::test_tools::per_element());
  BOOST_TEST(u.grad().to_doubles() == (std::vector<double>{15, 17}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(views_and_slices_against_differences) {
  check_gradients(
      [](std::span<const Tensor> in) {
        const Tensor a = transpose(in[0]);                       // [4,3]
        const Tensor b = slice(a, 0, 1, 3) * slice(a, 0, 2, 4);  // overlapping
        const Tensors rows = unbind(a, 1);
        return Tensors{b,
                       rows[0] * rows[2],
                       select(in[0], 0, 1),
                       concat({a, a * a}, 1),
                       reshape(a, {2, 6}) * 3.0,
                       expand(unsqueeze(rows[1], 0), {5, 4})};
      },
      {leaf({.1, -.2, .3, .4, .5, .6, -.7, .8, .9, 1.0, 1.1, -1.2}, {3, 4})});
}

BOOST_AUTO_TEST_CASE(matmul_with_broadcast_against_differences) {
  check_gradients([](std::span<const Tensor> in) { return Tensors{matmul(in[0], in[1])}; },
                  {leaf({1, 2, 3, 4, 5, 6, 7, 8}, {2, 2, 2}), leaf({.5, -1, 2, .25}, {2, 2})});
}

BOOST_AUTO_TEST_CASE(a_changed_saved_tensor_is_an_error) {
  const Tensor x = leaf({1, 2}, {2});
  const Tensor y = exp(x);
  const Tensor z = y * y;
  add_in_place(y, y.detach());
  BOOST_CHECK_EXCEPTION(backward(sum(z)), Error, [](const Error& e) { return is_code(e, "E_AUTOGRAD_STALE"); });
}

BOOST_AUTO_TEST_CASE(a_second_backward_is_an_error) {
  const Tensor x = leaf({1, 2}, {2});
  const Tensor y = exp(x), z = sum(y * y);
  backward(z);
  BOOST_CHECK_EXCEPTION(backward(sum(y)), Error, [](const Error& e) { return is_code(e, "E_AUTOGRAD_FREED"); });
}

BOOST_AUTO_TEST_CASE(a_long_chain_frees_without_recursion) {
  const Tensor x = leaf({1}, {1});
  Tensor y = x;
  for (int i = 0; i < 300000; ++i) y = y * 1.0;
  backward(y);
  BOOST_TEST(x.grad().item() == 1.0);
  Tensor unused = x;
  for (int i = 0; i < 300000; ++i) unused = exp(unused * 0.0);
}

BOOST_AUTO_TEST_CASE(the_hook_runs_once_a_leaf_when_its_gradient_is_final) {
  const Tensor a = leaf({2}, {1}), b = leaf({5}, {1});
  std::vector<double> seen;
  backward(a * b + a, {}, [&](const Tensor& one) { seen.push_back(one.grad().item()); });
  BOOST_TEST(seen == (std::vector<double>{6.0, 2.0}), boost::test_tools::per_element());  // a, then b
}

BOOST_AUTO_TEST_CASE(a_checkpoint_gives_the_same_gradients) {
  const std::vector<double> values{.3, -.4, .5};
  const auto segment = [](std::span<const Tensor> in) { return Tensors{tanh(in[0] * in[0]) * in[1]}; };
  const Tensor a = leaf(values, {3}), w = leaf({2, 3, 4}, {3});
  backward(sum(segment(Tensors{a, w})[0]));
  const Tensor a2 = leaf(values, {3}), w2 = leaf({2, 3, 4}, {3});
  backward(sum(checkpoint(segment, Tensors{a2, w2})[0]));
  BOOST_TEST(a.grad().to_doubles() == a2.grad().to_doubles(), boost::test_tools::per_element());
  BOOST_TEST(w.grad().to_doubles() == w2.grad().to_doubles(), boost::test_tools::per_element());
}

// The needs of a call are one word: parts past the 63rd share its last bit.
BOOST_AUTO_TEST_CASE(a_concat_of_a_hundred_parts_reaches_the_last) {
  const Tensor last = leaf({5}, {1}), late = leaf({7}, {1});
  Tensors parts(98, Tensor::full({1}, 1, DType::f64));
  parts.push_back(late);
  parts.push_back(last);
  const Tensor weights = Tensor::from(std::vector<double>(100, 3.0), {100});
  backward(sum(concat(parts, 0) * weights));
  BOOST_TEST(last.grad().item() == 3.0);
  BOOST_TEST(late.grad().item() == 3.0);
}

BOOST_AUTO_TEST_CASE(nothing_is_recorded_under_no_grad) {
  const Tensor x = leaf({1}, {1});
  const NoGrad scope;
  BOOST_TEST(!(x * 2.0).requires_grad());
}

BOOST_AUTO_TEST_SUITE_END()
