// An op of your own: bias_swish, y = z sigmoid(z) with z = x + bias (Ramachandran et al., 2017, "Searching for
// Activation Functions", beta = 1). The composition says what it is, and serves wherever the kernel does not: other
// dtypes, other devices. The CPU kernel does the same in one pass over memory, forward and backward. `strata plugins
// test` holds the kernel against the composition on the op's examples.
#include <strata/device/parallel.hpp>
#include <strata/ops/elementwise.hpp>
#include <strata/plugin.hpp>
#include <strata/plugin/stage.hpp>

#include <algorithm>
#include <cmath>

namespace swish {
using namespace strata;
namespace {

enum Input : std::size_t { kX, kBias };  // x [...,C], bias [C]

std::vector<TensorSpec> infer(const OpCall& call) {
  const Tensor &x = call.inputs[kX], &bias = call.inputs[kBias];
  if (x.rank() < 1 || !(bias.shape() == Shape{x.size(-1)})) {
    throw Error("E_SHAPE", "[bias_swish]", "x " + describe(x) + ", bias " + describe(bias),
                "x [..., C] and bias [C] are needed");
  }
  if (!is_floating(x.dtype()) || !is_floating(bias.dtype())) {
    throw Error("E_DTYPE", "[bias_swish]", "x " + describe(x) + ", bias " + describe(bias), "both must be floating");
  }
  return {spec_of(x.dtype(), x.shape())};
}

Tensors compose(const OpCall& call) {
  const Tensor z = call.inputs[kX] + call.inputs[kBias];
  return {cast(z * sigmoid(z), call.inputs[kX].dtype())};
}

// Widths with a tail, one element, more rows than one thread takes.
std::vector<OpExample> examples() {
  const auto call = [](const Shape& x) {
    return OpExample{{{OpExample::Kind::data, x, -4, 4}, {OpExample::Kind::weight, {x.back()}}}};
  };
  return {call({3, 37}), call({1}), call({2, 1, 3, 8}), call({5, 7, 65}), call({600, 129})};
}

const Op kBiasSwish{.name = "bias_swish", .infer = infer, .compose = compose, .examples = examples};

// Exactly what the loops below can read: f32 throughout, x with any strides, a dense bias.
bool supports(const KernelCall& call) {
  const View &x = call.inputs[kX], &bias = call.inputs[kBias];
  return x.dtype == DType::f32 && bias.dtype == DType::f32 && bias.contiguous();
}

// Where row r, of all axes but the last, begins.
std::int64_t row_start(const View& view, std::int64_t r) {
  std::int64_t start = 0;
  for (int axis = view.rank - 2; axis >= 0; --axis) {
    start += r % view.shape[axis] * view.strides[axis];
    r /= view.shape[axis];
  }
  return start;
}

float sigmoid(float z) { return 1 / (1 + std::exp(-z)); }

void forward(const KernelCall& call) {
  const View &x = call.inputs[kX], &y = call.outputs[0];
  const auto* bias = call.inputs[kBias].as<const float>();
  const std::int64_t width = x.size(-1), rows = x.numel() / std::max<std::int64_t>(width, 1), step = x.stride(-1);
  parallel_for(0, rows, std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(width, 1)),
               [&](std::int64_t first, std::int64_t last) {
                 for (std::int64_t r = first; r < last; ++r) {
                   const float* in = x.as<const float>() + row_start(x, r);
                   float* out = y.as<float>() + r * width;
                   for (std::int64_t c = 0; c < width; ++c) {
                     const float z = in[c * step] + bias[c];
                     out[c] = z * sigmoid(z);
                   }
                 }
               });
}

// dz = g (s + y (1 - s)) with s = sigmoid(z); dx = dz, dbias = the sum of dz over the rows. Each thread has columns of
// its own and all of their rows, so that the order of a sum never depends on how many threads there are.
void backward(const BackwardCall& call) {
  const View &x = call.inputs[kX], &g = call.output_gradients[0];
  const View &dx = call.input_gradients[kX], &dbias = call.input_gradients[kBias];
  const auto* bias = call.inputs[kBias].as<const float>();
  const std::int64_t width = x.size(-1), rows = x.numel() / std::max<std::int64_t>(width, 1);
  auto* sums = call.workspace->take<double>(width);
  parallel_for(0, width, std::max<std::int64_t>(16, 16384 / std::max<std::int64_t>(rows, 1)),
               [&](std::int64_t first, std::int64_t last) {
                 std::fill(sums + first, sums + last, 0.0);
                 for (std::int64_t r = 0; r < rows; ++r) {
                   const float* in = x.as<const float>() + row_start(x, r);
                   const float* from = g.as<const float>() + row_start(g, r);
                   for (std::int64_t c = first; c < last; ++c) {
                     const float z = in[c * x.stride(-1)] + bias[c], s = sigmoid(z);
                     const float dz = from[c * g.stride(-1)] * (s + z * s * (1 - s));
                     if (dx.present()) dx.as<float>()[r * width + c] = dz;
                     sums[c] += dz;
                   }
                 }
               });
  if (!dbias.present()) return;
  for (std::int64_t c = 0; c < width; ++c) dbias.as<float>()[c] = static_cast<float>(sums[c]);
}

// Priority 10: before plain loops. Backward reads all inputs and no output, keeps no extras, adds to nothing.
constexpr KernelRow kKernel{"cpu", "bias_swish", "swish", 10, forward, supports, backward, nullptr, kReadsAll, 0, 0};

}  // namespace

// How a component of this plugin calls it.
Tensor bias_swish(const Tensor& x, const Tensor& bias) { return apply_one(kBiasSwish, {x, bias}); }
}  // namespace swish

STRATA_PLUGIN("swish-kernel", "0.1.0", [](strata::Registry& registry) {
  strata::stage_op(registry, swish::kBiasSwish);
  strata::stage_kernels(registry, {&swish::kKernel, 1});
});
