// An op of a plugin, y = x x, and a kernel for it with one planted mistake (CHECK_FAULT), or none.
#include <strata/device/parallel.hpp>
#include <strata/ops/elementwise.hpp>
#include <strata/plugin.hpp>
#include <strata/plugin/register_ops.hpp>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {
using namespace strata;

constexpr std::string_view kFault = CHECK_FAULT;
[[maybe_unused]] void* volatile lost = nullptr;

std::vector<TensorSpec> infer(const OpCall& call) { return {spec_of(call.inputs[0].dtype(), call.inputs[0].shape())}; }
Tensors compose(const OpCall& call) { return {call.inputs[0] * call.inputs[0]}; }
Tensors vjp(const VjpCall& call) { return {call.gradient() * call.inputs[0] * (kFault == "vjp" ? 3.0 : 2.0)}; }
std::vector<OpExample> examples() {
  std::vector<OpExample> calls;
  for (const Shape& shape : {Shape{3, 37}, Shape{1}, Shape{4, 8}, Shape{40, 333}}) {
    calls.push_back({{{OpExample::Kind::data, shape, 0.5, 2}}});
  }
  return calls;
}

const Op kSquare{.name = "square_" CHECK_FAULT,
                 .infer = infer,
                 .compose = kFault == "lonely" ? nullptr : compose,
                 .vjp = vjp,
                 .vjp_reads_inputs = 1,
                 .examples = kFault == "silent" ? nullptr : examples};

bool supports(const KernelCall& call) {
  const DType dtype = call.inputs[0].dtype;
  return dtype == DType::f32 || (kFault == "dtype" && dtype == DType::bf16);
}

std::int64_t offset(const View& view, std::int64_t i) {
  std::int64_t at = 0;
  for (int axis = view.rank - 1; axis >= 0; --axis) {
    at += i % view.shape[axis] * view.strides[axis];
    i /= view.shape[axis];
  }
  return at;
}

void forward(const KernelCall& call) {
  const View &x = call.inputs[0], &y = call.outputs[0];
  const std::int64_t count = x.numel();
  if (x.dtype == DType::bf16) {
    for (std::int64_t i = 0; i < count; ++i) {
      const auto value = static_cast<float>(x.as<const Float16>()[offset(x, i)]);
      y.as<BFloat16>()[i] = BFloat16(value * value);
    }
    return;
  }
  const auto* in = x.as<const float>();
  auto* out = y.as<float>();
  for (std::int64_t i = 0; i < count; ++i) {
    const float value = in[kFault == "strides" ? i : offset(x, i)];
    out[i] = value * value;
  }
  if ((kFault == "tail" || kFault == "seed") && count % 8 != 0) out[count - 1] += 0.01F;
  if (kFault == "beyond") out[count] = 1;
  if (kFault == "input") *x.as<float>() = 7;
  if (kFault == "hole" && count > 1) out[1] = call.workspace->take<float>(1)[0];
  static int calls = 0;
  if (kFault == "counter" && ++calls % 2 == 0) out[0] = std::nextafter(out[0], 9.0F);
  if (kFault == "address" && reinterpret_cast<std::uintptr_t>(in) / 64 % 2 == 0) out[0] = std::nextafter(out[0], 9.0F);
  static const int usual = thread_count();
  if (kFault == "threads" && thread_count() != usual) out[0] += 1;
  if (kFault == "leak") lost = std::malloc(std::size_t{1} << 20U);  // NOLINT: that is the fault
  if (kFault == "throws") throw 42;                                 // NOLINT: no exception class
}

void backward(const BackwardCall& call) {
  const View &x = call.inputs[0], &g = call.output_gradients[0], &dx = call.input_gradients[0];
  if (!dx.present()) return;
  const float factor = kFault == "backward" ? 1.5F : 2.0F;
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    dx.as<float>()[i] = factor * x.as<const float>()[offset(x, i)] * g.as<const float>()[offset(g, i)];
  }
  if (kFault == "before") dx.as<float>()[-1] = 1;
}

// Without its own backward for what it claims by mistake, so that only the reading is wrong.
constexpr KernelRow kKernel{"cpu",
                            "square_" CHECK_FAULT,
                            "faulty-" CHECK_FAULT,
                            10,
                            forward,
                            supports,
                            kFault == "dtype" ? nullptr : backward,
                            nullptr,
                            kReadsAll,
                            0,
                            0};
}  // namespace

STRATA_PLUGIN("faulty-kernel", "1.0", [](strata::Registry& registry) {
  strata::register_op(registry, kSquare);
  strata::register_kernels(registry, {&kKernel, 1});
});
