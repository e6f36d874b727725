// The op bias_swish against its formula by loops in f64: the composition, the kernel, both gradients, whatever the
// strides.
#include "framework/ops/check.hpp"
#include "plugins/load.hpp"
#include "strata/autograd/profile.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/shape.hpp"

using namespace strata;
using namespace strata::test;

namespace {

const Op& bias_swish() {
  (void)strata_test::plugins().component("layer", "swish");  // loads the plugin
  const Op* op = find_op("bias_swish");
  BOOST_REQUIRE(op != nullptr);
  return *op;
}

struct Expected {
  std::vector<double> y, dx, dbias;
};

// x [R,C], bias [C], g the gradient of y
Expected by_formula(const std::vector<double>& x, const std::vector<double>& bias, const std::vector<double>& g) {
  Expected out;
  out.dbias.assign(bias.size(), 0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t c = i % bias.size();
    const double z = x[i] + bias[c], e = std::exp(-z);
    out.y.push_back(z / (1 + e));
    const double slope = (1 + e + z * e) / ((1 + e) * (1 + e));
    out.dx.push_back(g[i] * slope);
    out.dbias[c] += out.dx.back();
  }
  return out;
}

Tensor rounded(const Tensor& x, DType dtype) { return cast(x, dtype).detach(); }

void check(DType dtype, bool transposed, double tolerance, const std::string& served_by) {
  const Op& op = bias_swish();
  const Shape shape = transposed ? Shape{37, 5} : Shape{5, 37};
  Tensor x = rounded(random_tensor(shape, 1), dtype).require_grad();
  Tensor bias = rounded(random_tensor({37}, 2), dtype).require_grad();
  const Tensor g = rounded(random_tensor({5, 37}, 3), dtype);
  const Tensor seen = transposed ? transpose(x) : x;
  Profile profile;
  const ContextScope scope;
  context().profile = &profile;
  const Tensor y = apply_one(op, {seen, bias});
  backward(y, g);
  for (const auto& [key, row] : profile.rows()) {
    if (std::get<0>(key) == "bias_swish") BOOST_TEST(std::get<2>(key) == served_by, std::get<1>(key));
  }
  const Expected expected = by_formula(seen.to_doubles(), bias.to_doubles(), g.to_doubles());
  check_close(y.to_doubles(), expected.y, tolerance);
  check_close((transposed ? transpose(x.grad()) : x.grad()).to_doubles(), expected.dx, tolerance);
  check_close(bias.grad().to_doubles(), expected.dbias, tolerance);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(swish_kernel)

BOOST_AUTO_TEST_CASE(the_kernel_equals_the_formula) {
  check(DType::f32, false, 1e-6, "swish");
  check(DType::f32, true, 1e-6, "swish");
}

BOOST_AUTO_TEST_CASE(where_the_kernel_does_not_serve_the_composition_does) {
  check(DType::f64, false, 1e-14, "composition");
  check(DType::f64, true, 1e-14, "composition");
}

BOOST_AUTO_TEST_CASE(gradients_equal_differences) {
  const Op& op = bias_swish();
  check_gradients(
      [&](std::span<const Tensor> in) {
        return apply(op, {in[0], in[1]});
      },
      {leaf({3, 5}, 4), leaf({5}, 5)});
}

BOOST_AUTO_TEST_CASE(wrong_calls_are_refused_with_both_shapes) {
  const Op& op = bias_swish();
  check_error("E_SHAPE", {"[bias_swish]", "f64[2,3]", "f64[4]"}, [&] {
    (void)apply(op, {random_tensor({2, 3}), random_tensor({4})});
  });
  check_error("E_SHAPE", {"[bias_swish]", "i64[2,3]"}, [&] {
    (void)apply(op, {ids({1, 2, 3, 4, 5, 6}, {2, 3}), random_tensor({3})});
  });
}

BOOST_AUTO_TEST_SUITE_END()
