// An op of your own: bias_swish, y = z sigmoid(z) with z = x + bias (Ramachandran et al., 2017, "Searching for
// Activation Functions", beta = 1), and a layer that uses it. The composition says what the op is, and serves wherever
// a kernel does not (other dtypes, other devices); the CPU kernel is one pass over memory, forward and backward. The
// kernel for a GPU is in swish_kernel.cu, which is built where nvcc is.
#include <strata/device/parallel.hpp>
#include <strata/nn/layers.hpp>
#include <strata/nn/sequence_layer.hpp>
#include <strata/ops/elementwise.hpp>
#include <strata/plugin.hpp>
#include <strata/plugin/register_ops.hpp>

#include <algorithm>
#include <cmath>

// swish_kernel.cu
void swish_on_cuda(const strata::KernelCall& call);
void swish_backward_on_cuda(const strata::BackwardCall& call);

namespace {
using namespace strata;

// x [...,C], bias [C] -> [...,C]
std::vector<TensorSpec> infer(const OpCall& call) {
  const Tensor &x = call.inputs[0], &bias = call.inputs[1];
  if (x.rank() < 1 || !(bias.shape() == Shape{x.size(-1)}) || !is_floating(x.dtype()) || !is_floating(bias.dtype())) {
    throw Error("E_SHAPE", "[bias_swish]", "x " + describe(x) + ", bias " + describe(bias),
                "floating x [..., C] and bias [C] are needed");
  }
  return {spec_of(x.dtype(), x.shape())};
}

Tensors compose(const OpCall& call) {
  const Tensor z = call.inputs[0] + call.inputs[1];
  return {cast(z * sigmoid(z), call.inputs[0].dtype())};
}

// What `strata plugins test` calls it with: widths with a tail, one element, more rows than one thread takes.
std::vector<OpExample> examples() {
  const auto call = [](const Shape& x) {
    return OpExample{{{OpExample::Kind::data, x, -4, 4}, {OpExample::Kind::weight, {x.back()}}}};
  };
  return {call({3, 37}), call({1}), call({2, 1, 3, 8}), call({5, 7, 65}), call({600, 129})};
}

const Op kBiasSwish{.name = "bias_swish", .infer = infer, .compose = compose, .examples = examples};

// What the kernels can read: x with any strides.
bool supports(const KernelCall& call) {
  const View &x = call.inputs[0], &bias = call.inputs[1];
  return x.dtype == DType::f32 && bias.dtype == DType::f32 && bias.contiguous();
}

// Row r, of all axes but the last.
const float* row_of(const View& view, std::int64_t r) {
  const float* row = view.as<const float>();
  for (int axis = view.rank - 2; axis >= 0; r /= view.shape[axis--]) row += r % view.shape[axis] * view.strides[axis];
  return row;
}

std::int64_t grain(std::int64_t work) { return std::max<std::int64_t>(16, 16384 / std::max<std::int64_t>(work, 1)); }
float logistic(float z) { return 1 / (1 + std::exp(-z)); }

void forward(const KernelCall& call) {
  const View &x = call.inputs[0], &bias = call.inputs[1], &y = call.outputs[0];
  const std::int64_t width = x.size(-1), rows = x.numel() / std::max<std::int64_t>(width, 1);
  parallel_for(0, rows, grain(width), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first; r < last; ++r) {
      const float* in = row_of(x, r);
      for (std::int64_t c = 0; c < width; ++c) {
        const float z = in[c * x.stride(-1)] + bias.as<const float>()[c];
        y.as<float>()[r * width + c] = z * logistic(z);
      }
    }
  });
}

// dz = g (s + y (1 - s)) with s = sigmoid(z); dx = dz, dbias = the sum of dz over the rows. Each thread has columns of
// its own and all of their rows, so that the order of a sum never depends on how many threads there are.
void backward(const BackwardCall& call) {
  const View &x = call.inputs[0], &bias = call.inputs[1], &g = call.output_gradients[0];
  const View &dx = call.input_gradients[0], &dbias = call.input_gradients[1];
  const std::int64_t width = x.size(-1), rows = x.numel() / std::max<std::int64_t>(width, 1);
  auto* sums = call.workspace->take<double>(width);
  parallel_for(0, width, grain(rows), [&](std::int64_t first, std::int64_t last) {
    std::fill(sums + first, sums + last, 0.0);
    for (std::int64_t r = 0; r < rows; ++r) {
      const float *in = row_of(x, r), *from = row_of(g, r);
      for (std::int64_t c = first; c < last; ++c) {
        const float z = in[c * x.stride(-1)] + bias.as<const float>()[c], s = logistic(z);
        const float dz = from[c * g.stride(-1)] * (s + z * s * (1 - s));
        if (dx.present()) dx.as<float>()[r * width + c] = dz;
        sums[c] += dz;
      }
    }
  });
  for (std::int64_t c = 0; dbias.present() && c < width; ++c) dbias.as<float>()[c] = static_cast<float>(sums[c]);
}

// Priority 10: before plain loops. Backward reads all inputs and no output, keeps no extras, adds to nothing.
constexpr KernelRow kKernels[] = {
    {"cpu", "bias_swish", "swish", 10, forward, supports, backward, nullptr, kReadsAll, 0, 0},
#if defined(STRATA_PLUGIN_CUDA)
    {"cuda", "bias_swish", "swish", 10, swish_on_cuda, supports, swish_backward_on_cuda, nullptr, kReadsAll, 0, 0},
#endif
};

// x + W_2 bias_swish(W_1 x), four times as wide inside.
class SwishLayer final : public SequenceLayer {
 public:
  SwishLayer(const NoOptions&, const Facts& facts)
      : up_(facts.width, 4 * facts.width, false), down_(4 * facts.width, facts.width) {
    child("up", up_), child("down", down_), bias_ = parameter("bias", {4 * facts.width}, Init::zeros());
  }
  Tensor operator()(const Tensor& x, const Tensor&) const override {
    return x + down_(apply_one(kBiasSwish, {up_(x), bias_}));
  }

 private:
  Linear up_, down_;
  Parameter bias_;
};
}  // namespace

STRATA_PLUGIN("swish-kernel", "0.1.0", [](strata::Registry& registry) {
  strata::register_op(registry, kBiasSwish);
  strata::register_kernels(registry, kKernels);
  registry.add<strata::SequenceLayer, SwishLayer>("swish",
                                                  "residual feed-forward layer with an op and a kernel of this plugin");
});
