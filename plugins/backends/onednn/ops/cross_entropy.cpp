// softmax_xent: keeps one number a row (log sum exp), never the probabilities; backward writes (p - target) g directly.
// A second output is the negative log-likelihood without smoothing.
#include <cmath>

#include "ops/rows.hpp"

namespace strata::onednn {
namespace {

bool supports(const KernelCall& call) {
  const View &logits = call.inputs[0], &targets = call.inputs[1];
  return dense_vector(logits) && logits.rank >= 1 && logits.numel() > 0 && targets.dtype == DType::i64 &&
         targets.contiguous() && call.outputs[0].dtype == DType::f32;
}

std::int32_t extras(const KernelCall& call, TensorSpec* out) {
  const View& logits = call.inputs[0];
  out[0] = {DType::f32, 1, {logits.numel() / logits.size(-1)}};
  return 1;
}

void forward(const KernelCall& call) {
  const View& logits = call.inputs[0];
  const Matrix rows = rows_of(logits);
  const auto* targets = call.inputs[1].as<const std::int64_t>();
  const std::int64_t ignore = call.attributes.integer("ignore", -100);
  const auto smoothing = static_cast<float>(call.attributes.number("smoothing"));
  float* kept = call.extra_count > 0 ? call.extras[0].as<float>() : nullptr;
  float* losses = call.outputs[0].as<float>();
  float* nll = call.output_count > 1 ? call.outputs[1].as<float>() : nullptr;
  const float even = smoothing / static_cast<float>(rows.columns);
  parallel_for(0, rows.rows, grain_of(rows.columns * 4), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first; r < last; ++r) {
      if (targets[r] == ignore) {
        losses[r] = 0;
        if (kept != nullptr) kept[r] = 0;
        if (nll != nullptr) nll[r] = 0;
        continue;
      }
      const void* x = bytes_at(logits.data, r * rows.columns, logits.dtype);
      float total = 0, target = 0;
      const float lse = vectors().log_sum_exp[half(logits)](x, rows.columns, smoothing != 0 ? &total : nullptr);
      const bool inside = targets[r] >= 0 && targets[r] < rows.columns;
      if (inside) vectors().convert[half(logits)][0](bytes_at(x, targets[r], logits.dtype), &target, 1);
      losses[r] = inside ? lse - (1 - smoothing) * target - even * total : std::nanf("");
      if (nll != nullptr) nll[r] = inside ? lse - target : std::nanf("");
      if (kept != nullptr) kept[r] = lse;
    }
  });
}

void backward(const BackwardCall& call) {
  if (!wanted(call, 0)) return;
  const View &logits = call.inputs[0], &dx = call.input_gradients[0];
  const Matrix rows = rows_of(logits);
  const auto* targets = call.inputs[1].as<const std::int64_t>();
  const float* lse = call.extras[0].as<const float>();
  const float* g = as_floats(call.output_gradients[0], *call.workspace);
  const std::int64_t ignore = call.attributes.integer("ignore", -100);
  const auto smoothing = static_cast<float>(call.attributes.number("smoothing"));
  const float even = smoothing / static_cast<float>(rows.columns);
  parallel_for(0, rows.rows, grain_of(rows.columns * 2), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first; r < last; ++r) {
      void* to = bytes_at(dx.data, r * rows.columns, dx.dtype);
      const float scale = targets[r] == ignore ? 0 : g[r];
      if (scale == 0) {
        std::memset(to, 0, static_cast<std::size_t>(rows.columns) * size_of(dx.dtype));
        continue;
      }
      const void* x = bytes_at(logits.data, r * rows.columns, logits.dtype);
      vectors().xent_gradient[half(logits)](x, lse[r], scale, even, to, rows.columns);
      if (targets[r] < 0 || targets[r] >= rows.columns) continue;
      // the target's own element again, from the logit: rounding p first would lose digits of p - 1
      float target = 0;
      vectors().convert[half(logits)][0](bytes_at(x, targets[r], logits.dtype), &target, 1);
      const float value = scale * (std::exp(target - lse[r]) - even - (1 - smoothing));
      vectors().convert[0][half(dx)](&value, bytes_at(to, targets[r], dx.dtype), 1);
    }
  });
}

}  // namespace

void add_cross_entropy(Rows& rows) {
  KernelRow row = row_of("softmax_xent", forward, supports);
  row.backward = backward;
  row.extras = extras;
  row.backward_reads_inputs = 3;
  rows.push_back(row);
}

}  // namespace strata::onednn
