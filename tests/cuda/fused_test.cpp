// Compositions of an author's on the device "cuda": elementwise ones are one kernel each way, in every dtype and layout
// within what the float64 oracle allows; all others go on as they were.
#include <cmath>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "cuda/on_card.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/check/conformance.hpp"
#include "strata/device/program.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/op.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

using namespace strata;

namespace {

using Kind = OpExample::Kind;

int compositions = 0;  // how often one was run or traced

Tensor wide(const Tensor& x) { return size_of(x.dtype()) == 2 ? cast(x, DType::f32) : x; }

std::vector<TensorSpec> like_first(const OpCall& call) {
  return {spec_of(call.inputs[0].dtype(), call.inputs[0].shape())};
}
std::vector<TensorSpec> like_first_twice(const OpCall& call) { return {like_first(call)[0], like_first(call)[0]}; }

std::vector<OpExample> of_one() {
  const auto call = [](const Shape& x) { return OpExample{{{Kind::data, x, -4, 4}}}; };
  return {call({3, 37}), call({1}), call({2, 1, 3, 8}), call({}), call({600, 129})};
}

// x tanh(log(1 + exp(x))) (Misra, 2020)
Tensors mish(const OpCall& call) {
  ++compositions;
  const Tensor& x = call.inputs[0];
  return {x * tanh(log(exp(x) + 1.0))};
}
const Op kMish{.name = "test_mish", .infer = like_first, .compose = mish, .examples = of_one};

// Every function of one value, where each has a gradient worth the name.
Tensors functions(const OpCall& call) {
  const Tensor x = wide(call.inputs[0]);
  const Tensor positive = abs(x) + 0.5;
  const Tensor waves = sin(x) * cos(x) + erf(x), logs = sqrt(positive) - log(positive);
  const Tensor curves = sigmoid(x) + gelu(x) - relu(x) + elu(neg(x)), steps = round(x) / exp(tanh(x));
  return {cast(waves + logs * 0.25 + curves + steps, call.inputs[0].dtype())};
}
const Op kFunctions{.name = "test_functions", .infer = like_first, .compose = functions, .examples = of_one};

// x [R,C], gate [R,C], bias [C], column [R,1], mask bool [R,C] or not given -> two of [R,C]
Tensors gated(const OpCall& call) {
  const DType dtype = call.inputs[0].dtype();
  const Tensor x = wide(call.inputs[0]), gate = wide(call.inputs[1]), bias = sigmoid(wide(call.inputs[2]));
  const Tensor column = expand(wide(call.inputs[3]), x.shape());
  Tensor y = maximum(x * sigmoid(gate), minimum(bias, column)) / (column * column + 1.0);
  if (call.has(4)) y = where(logical_not(call.inputs[4]), Tensor::scalar(0.25, y.dtype(), y.device()), y);
  const Tensor both = cast(logical_and(less(x, gate), less_equal(bias, column)), y.dtype());
  return {cast(y, dtype), cast(y * both - bias, dtype)};
}
std::vector<OpExample> of_gated() {
  std::vector<OpExample> all;
  for (const auto& [rows, columns] : {std::pair{3, 37}, std::pair{5, 64}, std::pair{1, 1}, std::pair{70, 9}}) {
    for (const Kind mask : {Kind::absent, Kind::boolean}) {
      const Shape x{rows, columns};
      all.push_back({{{Kind::data, x, -2, 2},
                      {Kind::data, x, -2, 2},
                      {Kind::weight, {columns}},
                      {Kind::data, {rows, 1}, -2, 2},
                      {mask, x}}});
    }
  }
  return all;
}
const Op kGated{.name = "test_gated", .infer = like_first_twice, .compose = gated, .examples = of_gated};

// x < 0 ? slope x : x, divided by the root of its width: a number that the shape has.
Tensors leaky(const OpCall& call) {
  ++compositions;
  const Tensor& x = call.inputs[0];
  const Tensor zero = Tensor::zeros({}, x.dtype(), x.device());
  const double by = 1 / std::sqrt(static_cast<double>(x.size(-1)));
  return {where(less(x, zero), x * call.attributes.number("slope"), x) * by};
}
std::vector<OpExample> of_leaky() {
  const auto call = [](const Shape& x, double slope) {
    return OpExample{{{Kind::data, x, -4, 4}}, OpAttributes().number("slope", slope)};
  };
  return {call({3, 37}, 0.1), call({3, 37}, 0.25), call({5, 16}, 0.1)};
}
const Op kLeaky{.name = "test_leaky", .infer = like_first, .compose = leaky, .examples = of_leaky};

// Rounded to bf16 on the way, whatever x is, and with a gradient that goes only one of two ways.
Tensors rounded(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  Tensor factor;
  {
    const NoGrad stop;
    factor = cast(x, DType::f32) * 0.5;
  }
  return {cast(cast(x, DType::bf16) * 3.0, DType::f32) * factor};
}
std::vector<TensorSpec> in_f32(const OpCall& call) { return {spec_of(DType::f32, call.inputs[0].shape())}; }

// Not elementwise: a sum, a view, a look of the host, more steps than a program has.
Tensors centred(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  return {x - cast(sum(x, {-1}, true), x.dtype()) * (1 / static_cast<double>(x.size(-1)))};
}
Tensors viewed(const OpCall& call) { return {reshape(reshape(call.inputs[0], {-1}) * 2.0, call.inputs[0].shape())}; }
Tensors looked(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  const Tensor twice = x * 2.0;
  double by = 0;
  try {
    by = x.to_doubles()[0];
  } catch (...) {
    return {twice};
  }
  return {x * by};
}
Tensors long_one(const OpCall& call) {
  Tensor y = call.inputs[0];
  for (int i = 0; i < kProgramSteps; ++i) y = tanh(y) * 1.5;
  return {y};
}
// One whose gradient has too many steps, though it has not.
Tensors half_long(const OpCall& call) {
  Tensor y = call.inputs[0];
  for (int i = 0; i < kProgramSteps / 4; ++i) y = y + sin(y) * 0.02;
  return {y};
}

const Op& added(const Op& op) {
  const Op* known = find_op(op.name);
  return known != nullptr ? *known : add_op(op);
}
const Op& op_of(const char* name, Tensors (*compose)(const OpCall&)) {
  return added({.name = name, .infer = like_first, .compose = compose, .examples = of_one});
}

struct OnCard : strata_test::OnCard {
  std::int64_t launches() const { return count("launches"); }
};

Tensor some(const Shape& shape, DType dtype = DType::f32) {
  std::vector<float> values(static_cast<std::size_t>(shape.numel()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 17) * 0.25F - 2;
  return cast(Tensor::from(values, shape), dtype);
}

// Each dtype by the program and by the composition; how many calls the program took.
int conforms(const Op& op) {
  ConformanceOptions options;
  options.device = strata_test::cuda_device(R"("cuda")");
  options.repeat = true;
  const std::vector<std::string> providers = providers_of(op, "cuda");
  BOOST_TEST(providers == (std::vector<std::string>{"fused", "composition"}), boost::test_tools::per_element());
  int ran = 0;
  for (const Conformance& one : conform(op, std::vector<std::string>{"fused"}, options)) {
    for (const std::string& failure : one.failures) BOOST_ERROR(op.name << ", " << failure);
    for (const std::string& call : one.unsteady) BOOST_ERROR(op.name << ", other bits the second time: " << call);
    double worst = 0;
    for (const auto& [dtype, tally] : one.by_dtype) {
      ran += tally.ran;
      worst = std::max(worst, tally.worst);
    }
    for (const std::string& by : one.backward_by) BOOST_TEST(by == "fused");
    BOOST_TEST_MESSAGE(op.name << ": " << ran << " runs, largest difference " << worst << " of the allowed one");
  }
  return ran;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cuda_fused)

BOOST_AUTO_TEST_CASE(they_agree_with_the_oracle) {
  (void)strata_test::cuda_plugin();
  BOOST_TEST(conforms(added(kMish)) >= 4 * 5);
  BOOST_TEST(conforms(added(kFunctions)) >= 4 * 5);
  BOOST_TEST(conforms(added(kGated)) >= 4 * 8);
  BOOST_TEST(conforms(added(kLeaky)) >= 4 * 3);
}

BOOST_AUTO_TEST_CASE(one_kernel_each_way) {
  const OnCard card;
  for (const DType dtype : {DType::f64, DType::f32, DType::f16, DType::bf16}) {
    const Tensor x = some({5, 37}, dtype), g = some({5, 37}, dtype);
    for (int call = 0; call < 3; ++call) {
      Tensor leaf = x.detach().require_grad();
      const std::int64_t before = card.launches();
      const Tensor y = apply_one(added(kMish), {leaf});
      const std::int64_t forward = card.launches();
      backward(y, g);
      BOOST_TEST(forward - before == 1);
      BOOST_TEST(card.launches() - forward == 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_broadcast_input_takes_a_sum_more) {
  const OnCard card;
  const Tensor x = some({6, 40}).require_grad(), gate = some({6, 40}).require_grad(), bias = some({40}).require_grad(),
               column = some({6, 1}).require_grad();
  for (int call = 0; call < 2; ++call) {
    const std::int64_t before = card.launches();
    const Tensors y = apply(added(kGated), {x, gate, bias, column, Tensor()});
    const std::int64_t forward = card.launches();
    BOOST_TEST(forward - before == 1);
    for (const Tensor& leaf : {x, gate, bias, column}) leaf.set_grad({});
    backward(y[1], some({6, 40}));  // the gradient of the other is zero
    BOOST_TEST(card.launches() - forward <= 1 + 2 + 2);
    for (const Tensor& leaf : {x, gate, bias, column}) BOOST_TEST(leaf.grad().defined());
  }
}

BOOST_AUTO_TEST_CASE(a_composition_is_traced_once) {
  const OnCard card;
  const Op& op = added(kLeaky);
  const auto call = [&](const Shape& shape, double slope) {
    Tensor x = some(shape).require_grad();
    const Tensor y = apply_one(op, {x}, OpAttributes().number("slope", slope));
    backward(y, some(shape));
    const double first = slope * -2 / std::sqrt(static_cast<double>(shape.back()));
    BOOST_TEST(y.to_doubles()[0] == first, boost::test_tools::tolerance(1e-6));
    BOOST_TEST(x.grad().to_doubles()[0] == first, boost::test_tools::tolerance(1e-6));
  };
  compositions = 0;
  for (int again = 0; again < 3; ++again) call({2, 9}, 0.5);
  BOOST_TEST(compositions == 1);
  call({2, 9}, 0.75);  // attributes and shapes may be numbers of it
  call({2, 16}, 0.75);
  BOOST_TEST(compositions == 3);
}

BOOST_AUTO_TEST_CASE(it_runs_in_a_recording) {
  const OnCard card;
  context().recording = false;
  const Tensor x = some({3, 11});  // a shape that no other test has: it is traced while work is taken down
  Tensor y;
  const auto recording = card.device().record([&] { y = apply_one(added(kMish), {x}); });
  for (const double shift : {0.0, 0.5}) {
    copy_into(x, some({3, 11}) + shift);
    recording->replay();
    const std::vector<double> in = x.to_doubles(), out = y.to_doubles();
    for (std::size_t i = 0; i < in.size(); ++i) {
      BOOST_TEST(out[i] == in[i] * std::tanh(std::log1p(std::exp(in[i]))), boost::test_tools::tolerance(1e-5));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_rounding_and_a_stopped_gradient_are_kept) {
  const OnCard card;
  const Op& op = added({.name = "test_rounded", .infer = in_f32, .compose = rounded});
  const std::vector<float> values{1.00390625F * 1.001F, -2.71828F, 0.3333333F};
  Tensor x = Tensor::from(values, {3}).require_grad();
  const std::int64_t before = card.launches();
  const Tensor y = apply_one(op, {x});
  BOOST_TEST(card.launches() - before == 1);
  backward(y, Tensor::full({3}, 1));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double near = static_cast<float>(BFloat16(values[i]));
    // The product itself is not rounded again, as a composition's in bf16 would be.
    BOOST_TEST(y.to_doubles()[i] == near * 3 * values[i] * 0.5, boost::test_tools::tolerance(1e-6));
    BOOST_TEST(x.grad().to_doubles()[i] == 3 * values[i] * 0.5, boost::test_tools::tolerance(1e-6));
  }
}

BOOST_AUTO_TEST_CASE(a_gradient_of_an_ops_own_is_kept) {
  const OnCard card;
  const Op& inner = added({.name = "test_inner",
                           .infer = like_first,
                           .compose = [](const OpCall& call) -> Tensors { return {round(call.inputs[0])}; },
                           .vjp = [](const VjpCall& call) -> Tensors { return {call.gradient() * 100.0}; }});
  const Op& outer = op_of("test_outer", [](const OpCall& call) -> Tensors {
    return {apply_one(*find_op("test_inner"), {call.inputs[0]}) * 2.0};
  });
  for (const auto& [op, expected] : {std::pair{&inner, 100.0}, std::pair{&outer, 200.0}}) {
    Tensor x = some({2, 3}).require_grad();
    const std::int64_t before = card.launches();
    const Tensor y = apply_one(*op, {x});
    BOOST_TEST(card.launches() - before == 1);
    backward(y, Tensor::full({2, 3}, 1));
    for (const double one : x.grad().to_doubles()) BOOST_TEST(one == expected);
  }
}

// As with the composition: what its gradient does not read may change meanwhile.
BOOST_AUTO_TEST_CASE(inputs_are_kept_only_where_they_are_read) {
  const OnCard card;
  const Op& op = op_of("test_scaled_sum", [](const OpCall& call) -> Tensors {
    return {call.inputs[0] * 2.0 + call.inputs[1] * call.inputs[2]};
  });
  Tensor a = some({4, 5}).require_grad(), b = some({4, 5}).require_grad();
  const Tensor c = Tensor::full({4, 5}, 3);
  const Tensor y = apply_one(op, {a, b, c});
  for (const Tensor& changed : {a, b}) add_in_place(changed.detach(), changed.detach());
  backward(y, Tensor::full({4, 5}, 1));
  for (const double one : a.grad().to_doubles()) BOOST_TEST(one == 2);
  for (const double one : b.grad().to_doubles()) BOOST_TEST(one == 3);
  const Tensor again = apply_one(op, {a, b, c});
  add_in_place(c, c.detach());
  BOOST_CHECK_THROW(backward(again, Tensor::full({4, 5}, 1)), Error);
}

BOOST_AUTO_TEST_CASE(all_others_stay_as_they_are) {
  const OnCard card;
  for (const Op* op : {&op_of("test_centred", centred), &op_of("test_viewed", viewed), &op_of("test_looked", looked),
                       &op_of("test_long", long_one)}) {
    const std::string name = op->name;
    const Shape shape{4, 9};
    const auto run = [&](const char* kernels) {
      const ContextScope scope;
      if (kernels != nullptr) context().kernels = {{name, kernels}};
      Tensor x = some(shape).require_grad();
      const Tensor y = apply_one(*op, {x});
      backward(y, some(shape));
      return std::pair{y.to_doubles(), x.grad().to_doubles()};
    };
    const auto [y, dx] = run(nullptr);
    const auto [expected, expected_dx] = run("composition");
    BOOST_TEST(y == expected, boost::test_tools::per_element());
    BOOST_TEST(dx == expected_dx, boost::test_tools::per_element());
    BOOST_CHECK_THROW(run("fused"), Error);
  }
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_too_long_is_the_compositions) {
  const OnCard card;
  const Op& op = op_of("test_half_long", half_long);
  const auto gradient = [&](const char* kernels) {
    const ContextScope scope;
    context().kernels = {{op.name, kernels}};
    Tensor x = some({4, 9}).require_grad();
    const std::int64_t before = card.launches();
    const Tensor y = apply_one(op, {x});
    const std::int64_t forward = card.launches() - before;
    BOOST_TEST((forward == 1) == (std::string("fused") == kernels));
    backward(y, some({4, 9}));
    return x.grad().to_doubles();
  };
  const std::vector<double> fused = gradient("fused"), composed = gradient("composition");
  for (std::size_t i = 0; i < fused.size(); ++i) BOOST_TEST(std::abs(fused[i] - composed[i]) <= 1e-5);
}

BOOST_AUTO_TEST_SUITE_END()
