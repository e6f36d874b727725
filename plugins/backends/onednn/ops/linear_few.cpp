// linear of a few rows without gradients, as in writing token by token: no packed copy, the weight streams through
// once; of bf16 rows a copy of the weight in bf16 is kept with its storage, which halves what streams.
#include "kept.hpp"
#include "ops/activation.hpp"

namespace strata::onednn {
namespace {

enum Input { kX, kWeight, kBias, kAddend };

bool supports(const KernelCall& call) {
  const View &x = call.inputs[kX], &weight = call.inputs[kWeight];
  if (call.recording || given(call, kAddend) || !dense_vector(x) || x.rank < 1) return false;
  const std::int64_t rows = x.numel() / std::max<std::int64_t>(x.size(-1), 1);
  if (rows < 1 || rows > kDotCount || x.numel() == 0) return false;
  if (weight.dtype != DType::f32 || !weight.contiguous() || weight.numel() == 0) return false;
  if (half(x) != 0 && (!weight.constant || weight.packed == nullptr)) return false;  // no place for the copy
  if (given(call, kBias) && (call.inputs[kBias].dtype != DType::f32 || !call.inputs[kBias].contiguous())) return false;
  return call.outputs[0].dtype == x.dtype;
}

// The weight in bf16, kept with its storage.
const void* halves_of(const View& weight, Workspace& workspace) {
  const std::int64_t n = weight.numel();
  return kept_with(
      weight, packed_key("onednn.halves", weight), static_cast<std::size_t>(n) * 2, workspace, [&](void* halves) {
        parallel_elements(n, 16384, [&](std::int64_t first, std::int64_t last) {
          vectors().convert[0][1](weight.as<float>() + first, bytes_at(halves, first, DType::bf16), last - first);
        });
      });
}

void forward(const KernelCall& call) {
  const View &x = call.inputs[kX], &weight = call.inputs[kWeight], &y = call.outputs[0];
  Workspace& workspace = *call.workspace;
  const std::int64_t outputs = weight.size(0);
  DotRows shared{};
  shared.width = weight.size(1);
  shared.weight_row = shared.width;
  shared.count = static_cast<int>(x.numel() / shared.width);
  shared.x = as_floats(x, workspace);
  shared.weight = half(x) != 0 ? halves_of(weight, workspace) : weight.data;
  shared.bias = given(call, kBias) ? call.inputs[kBias].as<float>() : nullptr;
  shared.y = half(y) != 0 ? workspace.take<float>(y.numel()) : y.as<float>();
  shared.y_row = outputs;
  const auto run = vectors().dot_rows[half(x)];
  parallel_for(0, (outputs + 15) / 16, grain_of(shared.width), [&](std::int64_t first, std::int64_t last) {
    DotRows part = shared;
    part.first = first * 16;
    part.last = std::min(last * 16, outputs);
    run(part);
  });
  const std::int64_t activation = call.attributes.integer("activation");
  if (activation != kNone) {
    vectors().unary[static_cast<int>(kActivations[activation])][0](shared.y, shared.y, y.numel());
  }
  if (half(y) != 0) vectors().convert[0][1](shared.y, y.data, y.numel());
}

}  // namespace

void add_linear_few(Rows& rows) {
  KernelRow row = row_of("linear", forward, supports);
  row.priority = 20;
  rows.push_back(row);
}

}  // namespace strata::onednn
