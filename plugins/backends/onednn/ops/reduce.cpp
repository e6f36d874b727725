// sum over all axes, over trailing ones (rows) or over leading ones (columns); topk over the last axis.
#include "ops/rows.hpp"

namespace strata::onednn {
namespace {

// x as [rows, columns]; columns are reduced when `trailing`, else rows.
struct Split {
  std::int64_t rows = 1, columns = 1;
  bool trailing = true, fits = false;
};

Split split_of(const View& x, std::int64_t axes) {
  Split out;
  int changes = 0;
  for (int i = 1; i < x.rank; ++i) changes += ((axes >> i) & 1) != ((axes >> (i - 1)) & 1) ? 1 : 0;
  if (axes == 0 || changes > 1) return out;
  out.trailing = ((axes >> (x.rank - 1)) & 1) != 0;
  for (int i = 0; i < x.rank; ++i) {
    const bool reduced = ((axes >> i) & 1) != 0;
    (reduced == out.trailing ? out.columns : out.rows) *= x.shape[i];
  }
  out.fits = true;
  return out;
}

bool supports(const KernelCall& call) {
  const View& x = call.inputs[0];
  return dense_vector(x) && x.rank > 0 && x.numel() > 0 && call.outputs[0].dtype == DType::f32 &&
         split_of(x, call.attributes.integer("axes")).fits;
}

void forward(const KernelCall& call) {
  const View &x = call.inputs[0], &y = call.outputs[0];
  const Split split = split_of(x, call.attributes.integer("axes"));
  if (!split.trailing) {
    return sum_rows(dense(x.data, x.dtype, split.rows, split.columns), y, false, *call.workspace);
  }
  const auto sum = vectors().sum[half(x)];
  parallel_for(0, split.rows, grain_of(split.columns), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first; r < last; ++r) {
      y.as<float>()[r] = sum(bytes_at(x.data, r * split.columns, x.dtype), split.columns);
    }
  });
}

bool topk_supports(const KernelCall& call) {
  Matrix rows{};
  const View& x = call.inputs[0];
  return vector_dtype(x.dtype) && matrix_of(x, &rows) && x.numel() > 0 && call.attributes.integer("k") <= 64;
}

void topk(const KernelCall& call) {
  const View &values = call.outputs[0], &indices = call.outputs[1];
  Matrix rows{};
  matrix_of(call.inputs[0], &rows);
  const std::int64_t k = call.attributes.integer("k");
  parallel_for(0, rows.rows, grain_of(rows.columns), [&](std::int64_t first, std::int64_t last) {
    float best[64];
    for (std::int64_t r = first; r < last; ++r) {
      vectors().topk[half(rows.dtype)]({bytes_at(rows.data, r * rows.row_stride, rows.dtype), rows.columns, k, best,
                                        indices.as<std::int64_t>() + r * k});
      vectors().convert[0][half(values)](best, bytes_at(values.data, r * k, values.dtype), k);
    }
  });
}

}  // namespace

void add_reduce(Rows& rows) {
  rows.push_back(row_of("sum", forward, supports));
  rows.push_back(row_of("topk", topk, topk_supports));
}

}  // namespace strata::onednn
