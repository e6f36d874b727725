// embedding: rows of a table, and their gradient added back in the order of the ids: each thread owns a range of rows
// of the table and walks all ids, so that no two write one row and the sum's order never changes.
#include <string>

#include "ops/rows.hpp"
#include "strata/core/error.hpp"

namespace strata::onednn {
namespace {

bool supports(const KernelCall& call) {
  const View &weight = call.inputs[0], &ids = call.inputs[1];
  return weight.rank == 2 && dense_vector(weight) && ids.dtype == DType::i64 && ids.contiguous() &&
         vector_dtype(call.outputs[0].dtype);
}

void forward(const KernelCall& call) {
  const View &weight = call.inputs[0], &y = call.outputs[0];
  const auto* ids = call.inputs[1].as<const std::int64_t>();
  const std::int64_t n = call.inputs[1].numel(), width = weight.shape[1];
  for (std::int64_t i = 0; i < n; ++i) {
    if (ids[i] < 0 || ids[i] >= weight.shape[0]) {
      throw Error("E_SHAPE_INDEX", "[embedding]",
                  "id " + std::to_string(ids[i]) + " of a table of " + std::to_string(weight.shape[0]) + " rows");
    }
  }
  const auto convert = vectors().convert[half(weight)][half(y)];
  parallel_for(0, n, grain_of(width), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      convert(bytes_at(weight.data, ids[i] * width, weight.dtype), bytes_at(y.data, i * width, y.dtype), width);
    }
  });
}

void backward(const BackwardCall& call) {
  if (!wanted(call, 0)) return;
  const View& to = call.input_gradients[0];
  const View dy = densified(call.output_gradients[0], *call.workspace);
  const auto* ids = call.inputs[1].as<const std::int64_t>();
  const std::int64_t n = call.inputs[1].numel(), rows = to.shape[0], width = to.shape[1];
  const std::int64_t padding = call.attributes.integer("padding", -1);
  if (!call.accumulate[0]) fill_zero(to.data, to.numel() * static_cast<std::int64_t>(size_of(to.dtype)));
  const auto add = vectors().add_into[half(to)][half(dy)];
  parallel_for(0, rows, std::max<std::int64_t>(1, rows / 16), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = 0; i < n; ++i) {
      if (ids[i] < first || ids[i] >= last || ids[i] == padding) continue;
      add(bytes_at(to.data, ids[i] * width, to.dtype), bytes_at(dy.data, i * width, dy.dtype), width);
    }
  });
}

}  // namespace

void add_embedding(Rows& rows) {
  KernelRow row = row_of("embedding", forward, supports);
  row.backward = backward;
  row.backward_reads_inputs = 2;
  row.accumulates = 1;
  rows.push_back(row);
}

}  // namespace strata::onednn
