// Programs where there is no GPU: a kind of device whose row for programs goes through their steps in plain C++, so
// that what libstrata writes down of a composition, and of its gradients, is held against the oracle.
#include "strata/device/program.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "named_cpu.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/autograd/profile.hpp"
#include "strata/check/conformance.hpp"
#include "strata/device/kernels.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/op.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/tensor/context.hpp"

using namespace strata;

namespace {

// Element i of a shape that the view is broadcast to.
std::int64_t place(const View& view, const View& over, std::int64_t i) {
  std::int64_t at = 0;
  for (int axis = over.rank - 1; axis >= 0; --axis) {
    const std::int64_t index = i % over.shape[axis];
    i /= over.shape[axis];
    const int from = axis - (over.rank - view.rank);
    if (from >= 0 && view.shape[from] != 1) at += index * view.strides[from];
  }
  return at;
}

double read(const View& view, std::int64_t at) {
  switch (view.dtype) {
    case DType::f64: return view.as<double>()[at];
    case DType::f32: return view.as<float>()[at];
    case DType::f16: return static_cast<float>(view.as<Float16>()[at]);
    case DType::bf16: return static_cast<float>(view.as<BFloat16>()[at]);
    default: return view.as<std::uint8_t>()[at];
  }
}
void write(const View& view, std::int64_t at, double value) {
  switch (view.dtype) {
    case DType::f64: view.as<double>()[at] = value; break;
    case DType::f32: view.as<float>()[at] = static_cast<float>(value); break;
    case DType::f16: view.as<Float16>()[at] = Float16(static_cast<float>(value)); break;
    case DType::bf16: view.as<BFloat16>()[at] = BFloat16(static_cast<float>(value)); break;
    default: view.as<std::uint8_t>()[at] = value != 0 ? 1 : 0; break;
  }
}

double narrowed(double x, DType to) {
  const auto value = static_cast<float>(x);
  if (to == DType::f16) return static_cast<float>(Float16(value));
  return to == DType::bf16 ? static_cast<float>(BFloat16(value)) : value;
}

double normal_below(double x) { return 0.5 * std::erfc(-x * std::sqrt(0.5)); }
double logistic(double x) { return 1 / (1 + std::exp(-x)); }

// What a step makes of its registers.
double stepped(const Program& program, const Instruction& i, double a, double b, double c) {
  switch (i.step) {
    case Step::constant: return program.constants[i.a];
    case Step::affine: return a * program.constants[i.b] + program.constants[i.c];
    case Step::add: return a + b;
    case Step::sub: return a - b;
    case Step::mul: return a * b;
    case Step::div: return a / b;
    case Step::maximum: return b <= a || std::isnan(a) ? a : b;
    case Step::minimum: return a <= b || std::isnan(a) ? a : b;
    case Step::neg: return -a;
    case Step::abs: return std::abs(a);
    case Step::exp: return std::exp(a);
    case Step::log: return std::log(a);
    case Step::sqrt: return std::sqrt(a);
    case Step::erf: return std::erf(a);
    case Step::sin: return std::sin(a);
    case Step::cos: return std::cos(a);
    case Step::tanh: return std::tanh(a);
    case Step::sigmoid: return logistic(a);
    case Step::relu: return a < 0 ? 0 : a;
    case Step::gelu: return a * normal_below(a);
    case Step::round: return std::nearbyint(a);
    case Step::equal: return a == b ? 1 : 0;
    case Step::less: return a < b ? 1 : 0;
    case Step::less_equal: return a <= b ? 1 : 0;
    case Step::logical_and: return a != 0 && b != 0 ? 1 : 0;
    case Step::logical_not: return a == 0 ? 1 : 0;
    case Step::where: return a != 0 ? b : c;
    case Step::narrow: return narrowed(a, static_cast<DType>(i.b));
    case Step::tanh_gradient: return b * (1 - a * a);
    case Step::sigmoid_gradient: return b * a * (1 - a);
    case Step::relu_gradient: return a > 0 ? b : 0;
    case Step::gelu_gradient: return b * (normal_below(a) + a * std::exp(-a * a / 2) / std::sqrt(2 * std::acos(-1.0)));
    default: return 0;
  }
}

std::vector<Program> ran;  // since the test began

void run(const KernelCall& call) {
  const Program program = program_of(call.attributes);
  ran.push_back(program);
  const View& over = call.outputs[0];
  for (std::int64_t element = 0; element < over.numel(); ++element) {
    std::vector<double> r(kProgramRegisters, std::nan(""));
    for (int s = 0; s < program.step_count; ++s) {
      const Instruction& i = program.steps[s];
      if (i.step == Step::load) {
        r[i.to] = read(call.inputs[i.a], place(call.inputs[i.a], over, element));
      } else if (i.step == Step::store) {
        write(call.outputs[i.b], element, r[i.a]);
      } else {
        const auto registers = static_cast<std::uint8_t>(kProgramRegisters - 1);  // numbers of other things too
        r[i.to] =
            stepped(program, i, r[std::min(i.a, registers)], r[std::min(i.b, registers)], r[std::min(i.c, registers)]);
      }
    }
  }
}

std::shared_ptr<Device> stepper() {
  static const auto device = [] {
    for (KernelRow row : all_kernels()) {
      if (row.provider != std::string_view("plain")) continue;
      row.device = "stepper";
      add_kernel(row);
    }
    add_kernel({"stepper", kProgramOp, "steps", 0, run, nullptr, nullptr, nullptr, 0, 0, 0});
    return std::make_shared<strata_test::NamedCpu>("stepper", "stepper:0");
  }();
  ran.clear();
  return device;
}

using Kind = OpExample::Kind;

std::vector<TensorSpec> like_first(const OpCall& call) {
  return {spec_of(call.inputs[0].dtype(), call.inputs[0].shape())};
}
Tensor wide(const Tensor& x) { return size_of(x.dtype()) == 2 ? cast(x, DType::f32) : x; }

// All steps, on x [R,C], bias [C] and a mask [R,1] that may be left out.
Tensors everything(const OpCall& call) {
  const Tensor x = wide(call.inputs[0]), bias = wide(call.inputs[1]), size = abs(x) + 0.5;
  Tensor y = sin(x) * cos(x) + erf(x) + (sqrt(size) - log(size)) * 0.25 + gelu(x) - relu(x) + elu(neg(x));
  y = y / (exp(tanh(x)) + round(x) * round(x)) + maximum(x, bias) * minimum(sigmoid(bias), x);
  const Tensor inside = logical_and(less(x, bias), logical_not(less_equal(x, neg(size))));
  y = where(inside, y, y * 0.5) + cast(equal(bias, bias), y.dtype());
  if (call.has(2)) y = where(call.inputs[2], y, Tensor::zeros({}, y.dtype(), y.device()));
  return {cast(y, call.inputs[0].dtype())};
}
std::vector<OpExample> of_everything() {
  std::vector<OpExample> all;
  for (const auto& [rows, columns] : {std::pair{3, 37}, std::pair{1, 1}, std::pair{4, 8}}) {
    for (const Kind mask : {Kind::absent, Kind::boolean}) {
      all.push_back({{{Kind::data, {rows, columns}, -3, 3}, {Kind::weight, {columns}}, {mask, {rows, 1}}}});
    }
  }
  return all;
}

const Op& everything_op() {
  static const Op& op = add_op(
      {.name = "program_test_everything", .infer = like_first, .compose = everything, .examples = of_everything});
  return op;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(programs)

BOOST_AUTO_TEST_CASE(every_step_agrees_with_the_oracle) {
  ConformanceOptions options;
  options.device = stepper();
  const std::vector<std::string> providers = providers_of(everything_op(), "stepper");
  BOOST_TEST(providers == (std::vector<std::string>{"steps", "composition"}), boost::test_tools::per_element());
  for (const Conformance& one : conform(everything_op(), std::vector<std::string>{"steps"}, options)) {
    for (const std::string& failure : one.failures) BOOST_ERROR(failure);
    for (const auto& [dtype, tally] : one.by_dtype) {
      BOOST_TEST(tally.refused == 0);
      BOOST_TEST_MESSAGE(name_of(dtype) << ": " << tally.ran << " calls, largest difference " << tally.worst
                                        << " of the allowed one");
    }
    BOOST_TEST(one.backward_by == std::set<std::string>{"steps"}, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(registers_are_used_again_and_nothing_is_computed_in_vain) {
  const ContextScope scope;
  context().device = stepper();
  static const Op op{.name = "program_test_short", .infer = like_first, .compose = [](const OpCall& call) -> Tensors {
                       const Tensor& x = call.inputs[0];
                       (void)exp(x);  // nobody reads it
                       return {cast(tanh(x * 2.0 + 1.0) * x, x.dtype())};
                     }};
  Tensor x = Tensor::full({3}, 0.5, DType::bf16).require_grad();
  backward(apply_one(op, {x}), Tensor::full({3}, 1, DType::bf16));
  BOOST_REQUIRE(ran.size() == 2);
  const Program &forward = ran[0], &gradient = ran[1];
  BOOST_TEST(forward.step_count == 6);  // load, two affine, tanh, mul, store
  BOOST_TEST(forward.register_count == 2);
  BOOST_TEST(forward.constant_count == 3);  // 2, 0, 1
  BOOST_TEST((forward.computes == DType::f32));
  BOOST_TEST(gradient.register_count <= 4);
  const double y = std::tanh(2.0), expected = y + (1 - y * y) * 2 * 0.5;
  BOOST_TEST(x.grad().to_doubles()[0] == expected, boost::test_tools::tolerance(0x1p-8));
}

BOOST_AUTO_TEST_CASE(others_are_compositions) {
  const ContextScope scope;
  context().device = stepper();
  Profile profile;
  context().profile = &profile;
  static const Op op{.name = "program_test_sum", .infer = like_first, .compose = [](const OpCall& call) -> Tensors {
                       return {call.inputs[0] * sum(call.inputs[0])};
                     }};
  Tensor x = Tensor::from(std::vector<float>{1, 2, 3}, {3}).require_grad();
  const Tensor y = apply_one(op, {x});
  BOOST_TEST(y.to_doubles() == (std::vector<double>{6, 12, 18}), boost::test_tools::per_element());
  BOOST_TEST(ran.empty());
  for (const auto& [key, row] : profile.rows()) {
    if (std::get<0>(key) == op.name) BOOST_TEST(std::get<2>(key) == "composition");
  }
  // Without the row all is as ever.
  context().device = cpu_device();
  BOOST_TEST(apply_one(everything_op(), {Tensor::zeros({2, 3}), Tensor::zeros({3}), Tensor()}).numel() == 6);
  BOOST_TEST(ran.empty());
}

BOOST_AUTO_TEST_SUITE_END()
