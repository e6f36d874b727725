// sdpa: softmax(scale q k^T) v, forward and backward, in tiles or, where it fits, in one block a sentence and head;
// kept beside the output: one number a query.
#include "kernels/attention.hpp"
#include "kernels/rows.hpp"

namespace strata::cuda {
namespace {

enum Input { kQ, kK, kV, kMask, kStep };

bool given(const View* inputs, std::int32_t count, int i) { return i < count && inputs[i].present(); }

bool supports(const KernelCall& call) {
  const View &q = call.inputs[kQ], &k = call.inputs[kK], &v = call.inputs[kV];
  if (!is_kernel_float(q.dtype) || k.dtype != q.dtype || v.dtype != q.dtype || call.outputs[0].dtype != q.dtype)
    return false;
  // The gradient of a 16-bit weight is f32.
  if (call.recording && size_of(q.dtype) == 2 && (q.constant || k.constant || v.constant)) return false;
  if (q.numel() == 0 || k.numel() == 0 || v.numel() == 0) return false;
  if (q.size(3) > kAttentionWidth || v.size(3) > kAttentionWidth) return false;
  constexpr std::int64_t kMost = std::int64_t{1} << 30;  // of what is counted in 32 bits
  return q.size(0) / k.size(0) * q.size(1) * q.size(2) < kMost && k.size(1) < kMost && k.size(0) * k.size(2) < kMost;
}

Attention attention_of(const Attributes& attributes, const View* in, std::int32_t count) {
  const View &q = in[kQ], &k = in[kK];
  Attention of{};
  of.q = HeadRows(q), of.k = HeadRows(k), of.v = HeadRows(in[kV]);
  of.queries = static_cast<std::int32_t>(q.size(1)), of.keys = static_cast<std::int32_t>(k.size(1));
  of.heads = static_cast<std::int32_t>(q.size(2)), of.key_heads = static_cast<std::int32_t>(k.size(2));
  of.group = of.heads / of.key_heads, of.beams = static_cast<std::int32_t>(q.size(0) / k.size(0));
  of.pairs = static_cast<std::int32_t>(k.size(0) * k.size(2)), of.listed = of.beams * of.group * of.queries;
  of.scale = static_cast<float>(attributes.number("scale"));
  of.causal = attributes.flag("causal");
  if (given(in, count, kMask)) {
    const View& mask = in[kMask];
    const auto stride = [&](int axis) -> std::int64_t {  // of [R,H,Tq,Tk], aligned at the end
      const int from = axis - (4 - mask.rank);
      return from < 0 || mask.shape[from] == 1 ? 0 : mask.strides[from];
    };
    of.mask = {mask.as<const std::uint8_t>(), stride(0), stride(1), stride(2), stride(3)};
  }
  const double p = attributes.number("p");
  if (given(in, count, kStep) && p > 0) {
    of.drop = {static_cast<std::uint64_t>(attributes.integer("key")), attributes.integer("call"),
               in[kStep].as<const std::int64_t>(), dropout_threshold(p), static_cast<float>(dropout_scale(p))};
  }
  return of;
}

std::int32_t extras(const KernelCall& call, TensorSpec* out) {
  const View& q = call.inputs[kQ];
  out[0] = {DType::f32, 3, {q.size(0), q.size(2), q.size(1)}};
  return 1;
}

using Forward = void (*)(const Attention&, DType, const HeadRows&, float*, void*);
using Backward = void (*)(const Attention&, DType, const AttentionGradients&, void*);

template <Forward kForward>
void forward(const KernelCall& call) {
  float* lse = call.extra_count > 0 && call.extras[0].present() ? call.extras[0].as<float>() : nullptr;
  kForward(attention_of(call.attributes, call.inputs, call.input_count), call.inputs[kQ].dtype,
           HeadRows(call.outputs[0]), lse, call.stream);
}

// kTiles: y is read, and there is room for delta.
template <Backward kBackward, bool kTiles>
void backward(const BackwardCall& call) {
  const Attention of = attention_of(call.attributes, call.inputs, call.input_count);
  const auto wanted = [&](int i) {
    return call.input_gradients[i].present() ? HeadRows(call.input_gradients[i]) : HeadRows();
  };
  const View& q = call.inputs[kQ];
  AttentionGradients to{{},         HeadRows(call.output_gradients[0]), wanted(kQ), wanted(kK),
                        wanted(kV), call.extras[0].as<const float>(),   nullptr};
  if (kTiles) {
    to.y = HeadRows(call.outputs[0]);
    to.delta = call.workspace->take<float>(q.size(0) * q.size(1) * q.size(2));
  }
  kBackward(of, q.dtype, to, call.stream);
}

bool supports_short(const KernelCall& call) {
  return supports(call) &&
         is_short_attention(attention_of(call.attributes, call.inputs, call.input_count), call.inputs[kQ].dtype);
}

}  // namespace

void add_attention(Rows& rows) {
  KernelRow row = row_of("sdpa", forward<attention_forward>);
  row.supports = supports;
  row.backward = backward<attention_backward, true>;
  row.extras = extras;
  row.backward_reads_inputs = 1U << kQ | 1U << kK | 1U << kV | 1U << kMask | 1U << kStep;
  row.backward_reads_outputs = 1;
  rows.push_back(row);
  row.provider = "cuda_short";
  row.priority = 20;
  row.forward = forward<attention_short>;
  row.supports = supports_short;
  row.backward = backward<attention_short_backward, false>;
  row.backward_reads_outputs = 0;
  rows.push_back(row);
}

}  // namespace strata::cuda
