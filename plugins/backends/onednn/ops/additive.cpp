// additive_score: v^T tanh(query + key) for all pairs (Bahdanau et al., 2015), forward and backward; tanh of a pair is
// never stored. Row r of R = B n reads the keys of r / n, so that beams share them.
#include "ops/rows.hpp"

namespace strata::onednn {
namespace {

enum Input { kQuery, kKeys, kV };

bool rows_dense(const View& view) { return view.rank == 3 && view.stride(2) == 1; }

bool supports(const KernelCall& call) {
  const View &query = call.inputs[kQuery], &keys = call.inputs[kKeys], &v = call.inputs[kV];
  return rows_dense(query) && rows_dense(keys) && vector_dtype(query.dtype) && keys.dtype == query.dtype &&
         query.numel() > 0 && keys.numel() > 0 && dense_vector(v) && call.outputs[0].dtype == DType::f32;
}

void forward(const KernelCall& call) {
  const View &query = call.inputs[kQuery], &keys = call.inputs[kKeys];
  const float* v = as_floats(call.inputs[kV], *call.workspace);
  const std::int64_t queries = query.shape[1], count = keys.shape[1], width = query.shape[2];
  const std::int64_t beams = query.shape[0] / keys.shape[0];
  float* scores = call.outputs[0].as<float>();
  const auto score = vectors().additive[half(query)];
  parallel_for(0, query.shape[0] * queries, grain_of(count * width * 4), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t r = i / queries, q = i % queries;
      score({bytes_at(query.data, r * query.strides[0] + q * query.strides[1], query.dtype),
             bytes_at(keys.data, r / beams * keys.strides[0], keys.dtype), v, scores + i * count, count,
             keys.strides[1], width});
    }
  });
}

void backward(const BackwardCall& call) {
  Workspace& workspace = *call.workspace;
  const View &query = call.inputs[kQuery], &keys = call.inputs[kKeys];
  const float* v = as_floats(call.inputs[kV], workspace);
  const float* g = as_floats(call.output_gradients[0], workspace);
  const std::int64_t batch = keys.shape[0], queries = query.shape[1], count = keys.shape[1], width = query.shape[2];
  const std::int64_t beams = query.shape[0] / batch, pairs = beams * queries;
  // With several queries a sentence, keys' gradients gather in floats first.
  const bool want_keys = wanted(call, kKeys), direct = pairs == 1;
  const View& dkeys = call.input_gradients[kKeys];
  float* gathered = want_keys && !direct ? workspace.take<float>(batch * count * width) : nullptr;
  float* partial_v = workspace.take<float>(batch * width);
  fill_zero(partial_v, batch * width * 4);
  const auto score = vectors().additive_backward[half(query)];
  parallel_for(0, batch, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first * pairs; i < last * pairs; ++i) {
      const std::int64_t b = i / pairs, r = i / queries, q = i % queries;
      void* to_keys = nullptr;
      if (want_keys) {
        to_keys = gathered + b * count * width;
        if (direct) to_keys = bytes_at(dkeys.data, b * count * width, dkeys.dtype);
      }
      score({bytes_at(query.data, r * query.strides[0] + q * query.strides[1], query.dtype),
             bytes_at(keys.data, b * keys.strides[0], keys.dtype), v, g + i * count,
             wanted(call, kQuery) ? bytes_at(call.input_gradients[kQuery].data, i * width, query.dtype) : nullptr,
             to_keys, partial_v + b * width, count, keys.strides[1], width, width,
             direct ? call.accumulate[kKeys] : i % pairs != 0, !direct});
    }
  });
  if (gathered != nullptr) {
    const auto finish = call.accumulate[kKeys] ? vectors().add_into[half(dkeys)][0] : nullptr;
    parallel_elements(batch * count * width, 16384, [&](std::int64_t first, std::int64_t last) {
      void* to = bytes_at(dkeys.data, first, dkeys.dtype);
      if (finish != nullptr) {
        finish(to, gathered + first, last - first);
      } else {
        vectors().convert[0][half(dkeys)](gathered + first, to, last - first);
      }
    });
  }
  if (wanted(call, kV))
    sum_rows(dense(partial_v, DType::f32, batch, width), call.input_gradients[kV], call.accumulate[kV], workspace);
}

}  // namespace

void add_additive(Rows& rows) {
  KernelRow row = row_of("additive_score", forward, supports);
  row.backward = backward;
  row.backward_reads_inputs = 7;
  row.accumulates = 1U << kKeys | 1U << kV;
  rows.push_back(row);
}

}  // namespace strata::onednn
