// Optimizer updates and running means over many tensors in one parallel sweep, the gradient norm, scaling in place.
#include <cmath>

#include "ops/rows.hpp"

namespace strata::onednn {
namespace {

constexpr std::int64_t kBlock = 4096;  // elements; also the unit in which squared_norm is summed

// Dense f32 tensors as one row of blocks: body(tensor, first element, count) in parallel.
template <class Body>
void each_block(const View* tensors, std::int32_t count, const Body& body) {
  std::int64_t blocks = 0;
  for (std::int32_t k = 0; k < count; ++k) blocks += (tensors[k].numel() + kBlock - 1) / kBlock;
  parallel_for(0, blocks, 4, [&](std::int64_t first, std::int64_t last) {
    std::int64_t begin = 0;  // of tensor k, in blocks
    for (std::int32_t k = 0; k < count && begin < last; ++k) {
      const std::int64_t n = tensors[k].numel(), end = begin + (n + kBlock - 1) / kBlock;
      for (std::int64_t block = std::max(begin, first); block < std::min(end, last); ++block) {
        const std::int64_t at = (block - begin) * kBlock;
        body(k, at, std::min(kBlock, n - at));
      }
      begin = end;
    }
  });
}

bool dense_floats(const View* views, std::int32_t count) {
  return std::all_of(views, views + count,
                     [](const View& view) { return view.dtype == DType::f32 && view.contiguous(); });
}

double scalar_of(const View& view) {
  if (view.dtype == DType::f64) return *view.as<double>();
  if (view.dtype == DType::f32) return static_cast<double>(*view.as<float>());
  float value = 0;
  vectors().convert[1][0](view.data, &value, 1);
  return static_cast<double>(value);
}
bool scalars_fit(const View* views, std::int32_t count) {
  return std::all_of(views, views + count,
                     [](const View& view) { return view.dtype == DType::f64 || vector_dtype(view.dtype); });
}

// inputs: gradients, rate, scale, first_correction, second_correction; outputs: parameters, first, second moments.
bool adam_supports(const KernelCall& call) {
  return call.input_count > 4 && dense_floats(call.inputs, call.input_count - 4) &&
         dense_floats(call.outputs, call.output_count) && scalars_fit(call.inputs + call.input_count - 4, 4);
}
void adam(const KernelCall& call) {
  const std::int32_t count = call.output_count / 3;
  const View* scalars = call.inputs + call.input_count - 4;
  if (!std::isfinite(scalar_of(scalars[1]))) return;
  const double rate = scalar_of(scalars[0]), weight_decay = call.attributes.number("weight_decay");
  const bool decoupled = call.attributes.flag("decoupled");
  AdamStep shared{};
  shared.rate = static_cast<float>(rate / scalar_of(scalars[2]));
  shared.beta1 = static_cast<float>(call.attributes.number("beta1"));
  shared.beta2 = static_cast<float>(call.attributes.number("beta2"));
  shared.epsilon = static_cast<float>(call.attributes.number("eps"));
  shared.variance_scale = static_cast<float>(1 / std::sqrt(scalar_of(scalars[3])));
  shared.shrink = static_cast<float>(decoupled ? 1 - rate * weight_decay : 1);
  shared.coupled_decay = static_cast<float>(decoupled ? 0 : weight_decay);
  shared.gradient_scale = static_cast<float>(scalar_of(scalars[1]));
  each_block(call.outputs, count, [&](std::int32_t k, std::int64_t at, std::int64_t n) {
    AdamStep step = shared;
    step.parameter = call.outputs[k].as<float>() + at;
    step.gradient = call.inputs[k].as<float>() + at;
    step.mean = call.outputs[count + k].as<float>() + at;
    step.variance = call.outputs[2 * count + k].as<float>() + at;
    step.count = n;
    vectors().adam(step);
  });
}

// inputs: gradients, rate, scale; outputs: parameters, then momentum buffers unless momentum is 0.
bool sgd_supports(const KernelCall& call) {
  return call.input_count > 2 && dense_floats(call.inputs, call.input_count - 2) &&
         dense_floats(call.outputs, call.output_count) && scalars_fit(call.inputs + call.input_count - 2, 2);
}
void sgd(const KernelCall& call) {
  const std::int32_t count = call.input_count - 2;
  if (!std::isfinite(scalar_of(call.inputs[count + 1]))) return;
  SgdStep shared{};
  shared.rate = static_cast<float>(scalar_of(call.inputs[count]));
  shared.scale = static_cast<float>(scalar_of(call.inputs[count + 1]));
  shared.decay = static_cast<float>(call.attributes.number("weight_decay"));
  shared.momentum = static_cast<float>(call.attributes.number("momentum"));
  shared.nesterov = call.attributes.flag("nesterov");
  each_block(call.outputs, count, [&](std::int32_t k, std::int64_t at, std::int64_t n) {
    SgdStep step = shared;
    step.parameter = call.outputs[k].as<float>() + at;
    step.gradient = call.inputs[k].as<float>() + at;
    step.buffer = call.output_count > count ? call.outputs[count + k].as<float>() + at : nullptr;
    step.count = n;
    vectors().sgd(step);
  });
}

bool norm_supports(const KernelCall& call) { return dense_floats(call.inputs, call.input_count); }
void squared_norm(const KernelCall& call) {
  std::int64_t blocks = 0;
  auto* starts = call.workspace->take<std::int64_t>(call.input_count + 1);
  for (std::int32_t k = 0; k < call.input_count; ++k) {
    starts[k] = blocks;
    blocks += (call.inputs[k].numel() + kBlock - 1) / kBlock;
  }
  auto* sums = call.workspace->take<double>(blocks + 1);
  each_block(call.inputs, call.input_count, [&](std::int32_t k, std::int64_t at, std::int64_t n) {
    sums[starts[k] + at / kBlock] = vectors().square_sum[0](call.inputs[k].as<float>() + at, n);
  });
  double total = 0;
  for (std::int64_t i = 0; i < blocks; ++i) total += sums[i];
  *call.outputs[0].as<double>() = total;
}

bool scale_supports(const KernelCall& call) {
  return scalars_fit(call.inputs, 1) && dense_floats(call.outputs, call.output_count);
}
void scale_in_place(const KernelCall& call) {
  const auto factor = static_cast<float>(scalar_of(call.inputs[0]));
  each_block(call.outputs, call.output_count, [&](std::int32_t k, std::int64_t at, std::int64_t n) {
    float* values = call.outputs[k].as<float>() + at;
    vectors().affine[0](values, factor, 0, values, n);
  });
}

// inputs: values, decay, flaw; outputs: means. Not fused into one rounding, so that the plain kernel has the same bits.
bool mean_supports(const KernelCall& call) {
  return dense_floats(call.inputs, call.output_count) && dense_floats(call.outputs, call.output_count) &&
         scalars_fit(call.inputs + call.output_count, 2);
}
void mean_update(const KernelCall& call) {
  const double decay = scalar_of(call.inputs[call.output_count]) + scalar_of(call.inputs[call.output_count + 1]);
  if (!std::isfinite(decay)) return;
  const auto kept = static_cast<float>(decay), taken = static_cast<float>(1 - decay);
  each_block(call.outputs, call.output_count, [&](std::int32_t k, std::int64_t at, std::int64_t n) {
    float* mean = call.outputs[k].as<float>() + at;
    const float* value = call.inputs[k].as<float>() + at;
    for (std::int64_t i = 0; i < n; ++i) mean[i] = kept * mean[i] + taken * value[i];
  });
}

}  // namespace

void add_update(Rows& rows) {
  rows.push_back(row_of("adam_update", adam, adam_supports));
  rows.push_back(row_of("sgd_update", sgd, sgd_supports));
  rows.push_back(row_of("squared_norm", squared_norm, norm_supports));
  rows.push_back(row_of("scale_in_place", scale_in_place, scale_supports));
  rows.push_back(row_of("mean_update", mean_update, mean_supports));
}

}  // namespace strata::onednn
