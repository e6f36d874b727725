// sdpa: softmax(scale q k^T) v head by head in tiles, forward and backward; kept beside the output: one number a query.
// q [R,Tq,H,D], k [B,Tk,K,D], v [B,Tk,K,E] -> [R,Tq,H,E]; row r reads the keys of r / (R/B), head h those of h / (H/K).
#include "ops/dropout.hpp"
#include "ops/rows.hpp"

namespace strata::onednn {
namespace {

enum Input { kQ, kK, kV, kMask, kStep };

bool rows_dense(const View& view, DType dtype) {
  return view.dtype == dtype && view.numel() > 0 && (view.stride(-1) == 1 || view.size(-1) == 1);
}

bool supports(const KernelCall& call) {
  const View &q = call.inputs[kQ], &k = call.inputs[kK];
  if (!vector_dtype(q.dtype) || call.outputs[0].dtype != q.dtype) return false;
  if (!rows_dense(q, q.dtype) || !rows_dense(k, q.dtype) || !rows_dense(call.inputs[kV], q.dtype)) return false;
  if (!given(call, kMask)) return true;
  const View& mask = call.inputs[kMask];
  return mask.rank >= 1 && mask.size(-1) == k.size(1) && (mask.stride(-1) == 1 || mask.size(-1) == 1);
}

// What is common to all heads of a call, and where a head's parts lie.
struct Heads {
  const View *inputs, *output;
  std::int64_t queries, keys, heads, group, beams, pairs;  // pairs: of a sentence and a key head
  AttentionHead shared{};

  Heads(const Attributes& attributes, const View* in, std::int32_t count, const View& y) : inputs(in), output(&y) {
    const View &q = in[kQ], &k = in[kK], &v = in[kV];
    queries = q.size(1), keys = k.size(1), heads = q.size(2);
    group = heads / k.size(2), beams = q.size(0) / k.size(0), pairs = k.size(0) * k.size(2);
    shared.queries = queries, shared.keys = keys, shared.width = q.size(3), shared.value_width = v.size(3);
    shared.q_row = q.stride(1), shared.k_row = k.stride(1), shared.v_row = v.stride(1), shared.y_row = y.stride(1);
    shared.causal = attributes.flag("causal");
    shared.scale = static_cast<float>(attributes.number("scale"));
    if (given(in, count, kStep) && attributes.number("p") > 0) shared.drop = dropout_call(attributes, in[kStep]);
    has_mask = given(in, count, kMask);
  }

  // Head `h` of row `r`.
  AttentionHead at(std::int64_t r, std::int64_t h) const {
    const View &q = inputs[kQ], &k = inputs[kK], &v = inputs[kV];
    AttentionHead head = shared;
    const std::int64_t b = r / beams, kh = h / group;
    head.q = bytes_at(q.data, r * q.stride(0) + h * q.stride(2), q.dtype);
    head.k = bytes_at(k.data, b * k.stride(0) + kh * k.stride(2), k.dtype);
    head.v = bytes_at(v.data, b * v.stride(0) + kh * v.stride(2), v.dtype);
    head.y = bytes_at(output->data, r * output->stride(0) + h * output->stride(2), q.dtype);
    head.first_element = (r * heads + h) * queries * keys;
    if (has_mask) {
      const View& mask = inputs[kMask];
      const auto stride = [&](int axis) -> std::int64_t {  // of [R,H,Tq,Tk], aligned at the end
        const int from = axis - (4 - mask.rank);
        return from < 0 || mask.shape[from] == 1 ? 0 : mask.strides[from];
      };
      head.mask = mask.as<const unsigned char>() + r * stride(0) + h * stride(1);
      head.mask_row = stride(2);
    }
    return head;
  }

  std::int64_t scratch() const { return attention_scratch(keys, shared.width, shared.value_width); }

  bool has_mask = false;
};

std::int32_t extras(const KernelCall& call, TensorSpec* out) {
  const View& q = call.inputs[kQ];
  out[0] = {DType::f32, 3, {q.size(0), q.size(2), q.size(1)}};
  return 1;
}

void forward(const KernelCall& call) {
  const Heads heads(call.attributes, call.inputs, call.input_count, call.outputs[0]);
  const std::int64_t count = call.inputs[kQ].size(0) * heads.heads, room = heads.scratch();
  float* scratch = call.workspace->take<float>(thread_count() * room);
  float* lse = call.extra_count > 0 ? call.extras[0].as<float>() : nullptr;
  const auto run = vectors().attention[half(call.inputs[kQ])];
  parallel_for(0, count, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      AttentionHead head = heads.at(i / heads.heads, i % heads.heads);
      head.scratch = scratch + worker_index() * room;
      if (lse != nullptr) head.lse = lse + i * heads.queries;
      run(head);
    }
  });
}

// A block owns whole pairs of a sentence and a key head, whose rows and query heads add to the same sums in order.
void backward(const BackwardCall& call) {
  Workspace& workspace = *call.workspace;
  const Heads heads(call.attributes, call.inputs, call.input_count, call.outputs[0]);
  const View& q = call.inputs[kQ];
  View dy = call.output_gradients[0];
  if (dy.stride(-1) != 1) dy = densified(dy, workspace);
  const std::int64_t d = attention_padded(heads.shared.width), e = attention_padded(heads.shared.value_width);
  const std::int64_t room = heads.scratch();
  const std::int64_t own = room + heads.keys * (d + e);
  float* scratch = workspace.take<float>(thread_count() * own);
  const std::int64_t key_heads = call.inputs[kK].size(2);
  const auto run = vectors().attention_backward[half(q)];
  const auto store = [&](int input, std::int64_t pair, const float* sums, std::int64_t padded) {
    if (!wanted(call, input)) return;
    const View& to = call.input_gradients[input];  // [B,Tk,K,.], dense
    const std::int64_t width = to.size(-1), b = pair / key_heads, kh = pair % key_heads;
    for (std::int64_t j = 0; j < heads.keys; ++j) {
      vectors().convert[0][half(to)](
          sums + j * padded, bytes_at(to.data, ((b * heads.keys + j) * key_heads + kh) * width, to.dtype), width);
    }
  };
  parallel_for(0, heads.pairs, 1, [&](std::int64_t first, std::int64_t last) {
    float *mine = scratch + worker_index() * own, *dk = mine + room, *dv = dk + heads.keys * d;
    for (std::int64_t pair = first; pair < last; ++pair) {
      const std::int64_t b = pair / key_heads, kh = pair % key_heads;
      bool fresh = true;
      for (std::int64_t r = b * heads.beams; r < (b + 1) * heads.beams; ++r) {
        for (std::int64_t h = kh * heads.group; h < (kh + 1) * heads.group; ++h) {
          AttentionHeadBackward head{};
          head.head = heads.at(r, h);
          head.head.scratch = mine;
          head.head.lse = call.extras[0].as<float>() + (r * heads.heads + h) * heads.queries;
          head.dy = bytes_at(dy.data, r * dy.stride(0) + h * dy.stride(2), dy.dtype);
          head.dy_row = dy.stride(1);
          if (wanted(call, kQ)) {
            const View& dq = call.input_gradients[kQ];
            head.dq = bytes_at(dq.data, r * dq.stride(0) + h * dq.stride(2), dq.dtype);
            head.dq_row = dq.stride(1);
          }
          head.dk = dk, head.dv = dv, head.first = fresh;
          run(head);
          fresh = false;
        }
      }
      store(kK, pair, dk, d);
      store(kV, pair, dv, e);
    }
  });
}

}  // namespace

void add_sdpa(Rows& rows) {
  KernelRow row = row_of("sdpa", forward, supports);
  row.backward = backward;
  row.extras = extras;
  row.backward_reads_inputs = 1U << kQ | 1U << kK | 1U << kV | 1U << kMask | 1U << kStep;
  row.backward_reads_outputs = 1;
  rows.push_back(row);
}

}  // namespace strata::onednn
