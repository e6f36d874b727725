// matmul over broadcast leading axes. Its gradients are matmuls of transposed views, which land here again.
#include "ops/rows.hpp"

namespace strata::onednn {
namespace {

// The leading axes of a, b and c, merged where their strides allow.
struct Leading {
  int rank = 0;
  std::int64_t extents[kMaxRank], a[kMaxRank], b[kMaxRank], c[kMaxRank];
};

Leading leading_of(const View& a, const View& b, const View& c) {
  Leading out;
  const auto stride = [&](const View& view, int axis) -> std::int64_t {
    const int from = axis - (c.rank - view.rank);
    return from < 0 || view.shape[from] == 1 ? 0 : view.strides[from];
  };
  for (int i = 0; i + 2 < c.rank; ++i) {
    if (c.shape[i] == 1) continue;
    const std::int64_t sa = stride(a, i), sb = stride(b, i), sc = c.strides[i], n = c.shape[i];
    const int last = out.rank - 1;
    if (last >= 0 && out.a[last] == sa * n && out.b[last] == sb * n && out.c[last] == sc * n) {
      out.extents[last] *= n;
      out.a[last] = sa, out.b[last] = sb, out.c[last] = sc;
      continue;
    }
    out.extents[out.rank] = n;
    out.a[out.rank] = sa, out.b[out.rank] = sb, out.c[out.rank] = sc;
    ++out.rank;
  }
  return out;
}

Matrix last_two(const View& view) {
  return {view.data, view.dtype, view.size(-2), view.size(-1), view.stride(-2), view.stride(-1)};
}

bool dense_axis(const Matrix& m) {
  return (m.column_stride == 1 && (m.row_stride >= m.columns || m.rows == 1)) ||
         (m.row_stride == 1 && (m.column_stride >= m.rows || m.columns == 1));
}

bool supports(const KernelCall& call) {
  const View &a = call.inputs[0], &b = call.inputs[1], &c = call.outputs[0];
  if (a.rank < 2 || b.rank < 2 || a.numel() == 0 || b.numel() == 0 || c.numel() == 0) return false;
  if (!vector_dtype(a.dtype) || !vector_dtype(b.dtype) || !vector_dtype(c.dtype)) return false;
  if (a.dtype == b.dtype ? !product_dtype(a.dtype) : c.dtype != DType::f32) return false;
  if (a.dtype != b.dtype && !(a.dtype == DType::f32 ? b : a).contiguous()) return false;  // converted as a whole
  return dense_axis(last_two(a)) && dense_axis(last_two(b)) && leading_of(a, b, c).rank <= kMaxBatchRank;
}

View converted(const View& view, Workspace& workspace) {
  View out = view;
  const std::int64_t n = view.numel();
  out.data = workspace.take<float>(n);
  out.dtype = DType::f32;
  out.constant = false;
  parallel_elements(n, 16384, [&](std::int64_t first, std::int64_t last) {
    vectors().convert[1][0](bytes_at(view.data, first, view.dtype), out.as<float>() + first, last - first);
  });
  return out;
}

void forward(const KernelCall& call) {
  View a = call.inputs[0], b = call.inputs[1];
  const View& c = call.outputs[0];
  Workspace& workspace = *call.workspace;
  if (a.dtype != b.dtype) {
    if (a.dtype == DType::bf16) a = converted(a, workspace);
    if (b.dtype == DType::bf16) b = converted(b, workspace);
  }
  Leading lead = leading_of(a, b, c);
  Matrix left = last_two(a), right = last_two(b), out = last_two(c);
  // Rows of the innermost leading axis that share B are more rows of one product.
  if (lead.rank > 0) {
    const int last = lead.rank - 1;
    const std::int64_t n = lead.extents[last];
    const bool rows_follow = left.column_stride == 1 &&
                             (lead.a[last] == left.rows * left.row_stride || left.rows == 1) &&
                             lead.a[last] >= left.columns;
    if (lead.b[last] == 0 && rows_follow && lead.c[last] == out.rows * out.row_stride) {
      if (left.rows == 1) left.row_stride = lead.a[last], out.row_stride = lead.c[last];
      left.rows *= n;
      out.rows *= n;
      --lead.rank;
    }
  }
  if (lead.rank == 0) return multiply(left, right, out, {}, workspace);
  BatchedProduct product{left, right, out, lead.rank, {}, {}, {}, {}};
  for (int i = 0; i < lead.rank; ++i) {
    product.extents[i] = lead.extents[i];
    product.a_strides[i] = lead.a[i];
    product.b_strides[i] = lead.b[i];
    product.c_strides[i] = lead.c[i];
  }
  multiply_batched(product, workspace);
}

}  // namespace

void add_matmul(Rows& rows) { rows.push_back(row_of("matmul", forward, supports)); }

}  // namespace strata::onednn
