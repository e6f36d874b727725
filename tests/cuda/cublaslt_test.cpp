// Products by cuBLASLt over a stand-in for it (fake/cublaslt) that computes what the descriptors say: sizes that
// the conformance calls do not have, what is kept, what goes wrong.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "cuda/products.hpp"
#include "cuda/stand_in.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/check/conformance.hpp"
#include "strata/core/log.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/shape.hpp"
#include "strata/ops/update.hpp"
#include "strata/tensor/context.hpp"
#include "throws.hpp"

using namespace strata;
using strata::test::check_throws;
using strata_test::counter;
using strata_test::on;
using strata_test::values;
using strata_test::Variable;

namespace {

std::shared_ptr<Device> card() {
  static const std::shared_ptr<Device> one = strata_test::cuda_device(R"("cuda")");
  (void)one->stream();  // started
  return one;
}

// x, the half of it that is not negative raised by `least`, the other half lowered.
Tensor away_from_zero(const Tensor& x, double least) {
  const ContextScope scope;
  context().device = cpu_device();
  std::vector<double> all = x.to_doubles();
  for (double& value : all) value += value < 0 ? -least : least;
  return cast(Tensor::from(all, x.shape()), x.dtype());
}

double unit_of(DType dtype) {
  return dtype == DType::f64 ? 0x1p-53 : dtype == DType::f32 ? 0x1p-24 : dtype == DType::f16 ? 0x1p-11 : 0x1p-8;
}

// The largest difference of two tensors' elements, relative to the larger of the element and the rms, in units of
// `dtype`.
double distance(const Tensor& got, const Tensor& expected, DType dtype) {
  const std::vector<double> a = got.to_doubles(), b = expected.to_doubles();
  BOOST_REQUIRE(a.size() == b.size());
  double squares = 0, worst = 0;
  for (const double value : b) squares += value * value;
  const double rms = std::sqrt(squares / static_cast<double>(b.size()));
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double off = std::abs(a[i] - b[i]) / std::max(std::abs(b[i]), rms) / unit_of(dtype);
    worst = off <= worst ? worst : off;  // a NaN stays
  }
  return worst;
}

// What a call gives and what comes back of it.
struct Results {
  Tensor y;
  std::vector<Tensor> gradients;
};
// On the CPU in f64 by the oracle, or on the card by cuBLASLt.
template <class Call>
Results run(const std::vector<Tensor>& inputs, DType weights, bool oracle, const Call& call) {
  const ContextScope scope;
  context().device = oracle ? cpu_device() : card();
  const std::string provider = oracle ? "reference" : "cublaslt";
  std::vector<Tensor> leaves;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Tensor leaf = on(context().device,
                     oracle ? cast(inputs[i], DType::f64) : cast(inputs[i], i == 0 ? inputs[i].dtype() : weights));
    leaf.set_constant(i > 0);
    leaves.push_back(leaf.require_grad());
  }
  context().kernels = {{"linear", provider}, {"matmul", provider}};
  Results results;
  results.y = call(leaves);
  const Tensor seed = values(results.y.shape(), DType::bf16, 77);
  Tensor there;
  {
    const ContextScope inner;
    context().device = cpu_device();
    context().kernels.clear();
    there = cast(seed, results.y.dtype());
  }
  backward(results.y, on(context().device, there));
  for (const Tensor& leaf : leaves) results.gradients.push_back(leaf.grad());
  return results;
}

template <class Call>
void compare(const std::string& what, const std::vector<Tensor>& inputs, DType dtype, double allowed,
             const Call& call) {
  const DType weights = size_of(dtype) == 2 ? DType::f32 : dtype;
  const Results got = run(inputs, weights, false, call), expected = run(inputs, weights, true, call);
  double worst = distance(got.y, expected.y, dtype);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    worst = std::max(worst, distance(got.gradients[i], expected.gradients[i], dtype));
  }
  BOOST_TEST(worst <= allowed, what << ", " << name_of(dtype) << ": " << worst << " units");
  BOOST_TEST_MESSAGE(what << ", " << name_of(dtype) << ": " << worst << " units, " << allowed << " allowed");
}

// The lines that `body` logs.
template <class Body>
std::string logged(const Body& body) {
  std::string lines;
  const LogSink before = set_log_sink([&](LogLevel, std::string_view line) { lines += std::string(line) + "\n"; });
  body();
  set_log_sink(before);
  return lines;
}

boost::test_tools::assertion_result stand_in(boost::unit_test::test_unit_id) {
  (void)card();
  return counter() != nullptr;
}
const auto kStandIn = boost::unit_test::precondition(stand_in);

}  // namespace

BOOST_AUTO_TEST_SUITE(cuda_products)

BOOST_AUTO_TEST_CASE(it_serves_every_dtype_and_layout) {
  ConformanceOptions options;
  options.device = card();
  for (const char* name : {"matmul", "linear"}) {
    const std::vector<std::string> providers{"cublaslt"};
    for (const Conformance& one : conform(*find_op(name), providers, options)) {
      for (const auto& [dtype, tally] : one.by_dtype) {
        BOOST_TEST(tally.ran > 0);
        BOOST_TEST(tally.refused == 0, name << ", " << name_of(dtype));
      }
      BOOST_TEST(one.backward_by.count(name == std::string("linear") ? "cublaslt" : "vjp") == 1U);
    }
  }
}

// Rows enough for three levels of sums, columns in packs of 16 bytes and not.
BOOST_AUTO_TEST_CASE(linears_of_many_rows) {
  for (const DType dtype : {DType::f64, DType::f32, DType::f16, DType::bf16}) {
    for (const std::int64_t outputs : {40, 37}) {
      for (const Activation activation :
           {Activation::none, Activation::relu, Activation::tanh, Activation::sigmoid, Activation::gelu}) {
        std::vector<Tensor> inputs{values({2, 1101, 24}, dtype, 1), values({outputs, 24}, dtype, 2),
                                   values({outputs}, dtype, 3)};
        // A product of 16 bits whose rows are not aligned is rounded before the bias is added, and near 0 may then fall
        // on the other side of relu's kink: 2,202 x 37 sums of 24 terms stay below 8.
        if (activation == Activation::relu) inputs[2] = away_from_zero(inputs[2], 8);
        // The result that the gradient is made of is rounded, too.
        const double allowed = size_of(dtype) == 2 ? 8 : 128;
        compare("[2,1101,24] to " + std::to_string(outputs) + ", activation " +
                    std::to_string(static_cast<int>(activation)),
                inputs, dtype, allowed,
                [&](std::span<const Tensor> in) { return linear(in[0], in[1], in[2], {}, activation); });
      }
    }
  }
}

// Heads as attention sees them: [B,T,H,D] read as [B,H,T,D], so that no two leading axes are one.
BOOST_AUTO_TEST_CASE(leading_axes_that_do_not_merge) {
  for (const DType dtype : {DType::f32, DType::bf16}) {
    const std::vector<Tensor> inputs{values({2, 5, 3, 8}, dtype, 4), values({2, 7, 3, 8}, dtype, 5)};
    const auto heads = [](const Tensor& x) { return transpose(x, 1, 2); };
    compare("heads", {inputs[0], inputs[1]}, dtype, size_of(dtype) == 2 ? 8 : 128, [&](std::span<const Tensor> in) {
      return matmul(cast(heads(in[0]), DType::f32), cast(transpose(heads(in[1])), DType::f32));
    });
  }
}

// More matrices than a grid has layers, from an address that is a multiple of 4 bytes alone.
BOOST_AUTO_TEST_CASE(very_many_small_ones) {
  const std::vector<Tensor> inputs{values({70001, 1, 3}, DType::f32, 6), values({70001, 3, 2}, DType::f32, 7)};
  compare("70001 times", inputs, DType::f32, 128,
          [](std::span<const Tensor> in) { return matmul(slice(in[0], -1, 1, 3), slice(in[1], -2, 1, 3)); });
}

BOOST_AUTO_TEST_CASE(a_steady_step_searches_nothing, *kStandIn) {
  const std::vector<Tensor> inputs{values({4, 96}, DType::bf16, 8), values({32, 96}, DType::bf16, 9),
                                   values({32}, DType::bf16, 10)};
  const auto step = [&] {
    (void)run(inputs, DType::f32, false,
              [](std::span<const Tensor> in) { return linear(in[0], in[1], in[2], {}, Activation::gelu); });
  };
  step();
  const long long searches = counter()('s'), products = counter()('p'), descriptors = counter()('d');
  for (int i = 0; i < 3; ++i) step();
  BOOST_TEST(counter()('s') == searches);
  BOOST_TEST(counter()('d') == descriptors);
  BOOST_TEST(counter()('p') == products + 9);
}

// A server that meets ever new lengths keeps no more than so many plans.
BOOST_AUTO_TEST_CASE(plans_are_not_without_end, *kStandIn) {
  const ContextScope scope;
  context().device = card();
  context().recording = false;
  const Tensor column = on(card(), values({129, 1}, DType::f32, 21)),
               row = on(card(), values({1, 129}, DType::f32, 22));
  Tensor last;
  for (std::int64_t m = 1; m <= 129; ++m) {
    for (std::int64_t n = 1; n <= 129; ++n) last = matmul(slice(column, 0, 0, m), slice(row, 1, 0, n));
  }
  BOOST_TEST(counter()('d') < 5 * 16500);
  BOOST_TEST((last.to_doubles() == (column * row).to_doubles()));
}

// The copy in 16 bits of a weight follows it.
BOOST_AUTO_TEST_CASE(a_weight_that_changes) {
  const ContextScope scope;
  context().device = card();
  context().recording = false;
  const Tensor x = on(card(), values({3, 16}, DType::bf16, 11)), weight = on(card(), values({8, 16}, DType::f32, 12)),
               bias = on(card(), values({8}, DType::f32, 13));
  weight.set_constant(true);
  bias.set_constant(true);
  const Tensor first = linear(x, weight, bias);
  BOOST_TEST((linear(x, weight, bias).to_doubles() == first.to_doubles()));
  copy_into(weight, weight * Tensor::full({1}, -1));
  copy_into(bias, bias * Tensor::full({1}, -1));
  BOOST_TEST((linear(x, weight, bias).to_doubles() == (first * Tensor::full({1}, -1, DType::bf16)).to_doubles()));
}

// After an update the copies of all its weights are made anew in one launch, and each is right.
BOOST_AUTO_TEST_CASE(weights_of_an_update_are_rounded_together) {
  const ContextScope scope;
  context().device = card();
  context().recording = false;
  const Tensor x = on(card(), values({3, 16}, DType::bf16, 31));
  Tensors weights, zeros, moments, squares;
  for (const unsigned rows : {8U, 1U, 24U, 300U}) {
    const Shape shape{std::int64_t{rows}, 16};
    weights.push_back(on(card(), values(shape, DType::f32, rows)));
    weights.back().set_constant(true);
    for (Tensors* list : {&zeros, &moments, &squares}) list->push_back(Tensor::zeros(shape, DType::f32, card()));
  }
  const auto launches = [&] {
    for (const DeviceCount& count : card()->counts()) {
      if (count.name == "launches") return count.value;
    }
    return std::int64_t{-1};
  };
  const auto multiply = [&] {
    std::vector<std::vector<double>> all;
    for (const Tensor& weight : weights) all.push_back(linear(x, weight).to_doubles());
    return all;
  };
  const auto number = [&](double value) { return Tensor::scalar(value, DType::f32, card()); };
  const auto before = multiply();
  SgdOptions halves;  // p -= 1 (0 + 0.5 p)
  halves.weight_decay = 0.5;
  for (int i = 0; i < 2; ++i) {
    sgd_update({weights, zeros, {}}, {number(1), number(1)}, halves);
    const std::int64_t start = launches();
    auto after = multiply();
    BOOST_TEST(launches() - start == 1);
    for (auto& one : after) {
      for (double& value : one) value *= i == 0 ? 2 : 4;
    }
    BOOST_TEST((after == before));
  }
}

BOOST_AUTO_TEST_CASE(f32_is_f32_unless_tf32_is_asked_for, *kStandIn) {
  const auto product = [](const std::shared_ptr<Device>& device) {
    const ContextScope scope;
    context().device = device;
    context().recording = false;
    return matmul(on(device, values({16, 16}, DType::f32, 14)), on(device, values({16, 16}, DType::f32, 15)))
        .to_doubles();
  };
  const auto asked = strata_test::cuda_device(R"({"type": "cuda", "tf32": true})");
  const std::vector<double> exact = product(card()), rounded = product(asked);
  double worst = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) worst = std::max(worst, std::abs(exact[i] - rounded[i]));
  BOOST_TEST(worst > 1e-4);
  BOOST_TEST(worst < 1e-2);
}

BOOST_AUTO_TEST_CASE(a_device_that_ends_gives_everything_back, *kStandIn) {
  const long long handles = counter()('h'), descriptors = counter()('d');
  {
    const ContextScope scope;
    context().device = strata_test::cuda_device(R"("cuda")");
    const Tensor x = on(context().device, values({5, 5}, DType::f32, 16));
    (void)matmul(x, x);
    BOOST_TEST(counter()('h') == handles + 1);
    BOOST_TEST(counter()('d') == descriptors + 5);
  }
  BOOST_TEST(counter()('h') == handles);
  BOOST_TEST(counter()('d') == descriptors);
}

BOOST_AUTO_TEST_CASE(a_failed_product_is_named, *kStandIn) {
  const ContextScope scope;
  context().device = card();
  const Tensor x = on(card(), values({5, 5}, DType::f32, 17));
  const Variable fails("FAKE_CUBLASLT_FAIL", "13");
  check_throws([&] { (void)matmul(x, x); }, "E_DEVICE_CALL", "cuda:0",
               "cublasLtMatmul: CUBLAS_STATUS_EXECUTION_FAILED (13)");
  check_throws([&] { (void)card()->record([&] { (void)matmul(x, x); }); }, "E_DEVICE_RECORD", "cuda:0",
               "cublasLtMatmul: CUBLAS_STATUS_EXECUTION_FAILED (13)");
}

// Said once for a shape, and computed all the same.
BOOST_AUTO_TEST_CASE(shapes_without_an_algorithm, *kStandIn) {
  struct None {
    const char* what;
    std::int64_t rows;
    const char* said;
  };
  for (const None& none : {None{"2", 6, "product [6,11] x [11,13] of bf16: a general kernel computes its bias"},
                           None{"1", 7, "product [13,7] x [7,11] of bf16: a general kernel computes it"}}) {
    const Variable nothing("FAKE_CUBLASLT_NONE", none.what);
    const std::vector<Tensor> inputs{values({none.rows, 11}, DType::bf16, 18), values({13, 11}, DType::bf16, 19),
                                     values({13}, DType::bf16, 20)};
    const auto call = [&] {
      compare(none.said, inputs, DType::bf16, 8,
              [](std::span<const Tensor> in) { return linear(in[0], in[1], in[2]); });
    };
    const std::string lines = logged(call);
    BOOST_TEST(lines.find(none.said) != std::string::npos, lines);
    BOOST_TEST(logged(call) == "");
  }
}

BOOST_AUTO_TEST_SUITE_END()
