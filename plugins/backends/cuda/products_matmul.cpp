// matmul over broadcast leading axes. Its gradients are matmuls of transposed views, which land here again. Large ones
// of f32 that are one product run on tensor cores (split.hpp).
#include "cublaslt.hpp"
#include "kernels/rows.hpp"
#include "operands.hpp"
#include "split.hpp"

namespace strata::cuda {
namespace {

// The leading axes of a, b and c, merged where their strides allow; 0 where an operand is broadcast.
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
    const bool merges = last >= 0 && out.a[last] == sa * n && out.b[last] == sb * n && out.c[last] == sc * n;
    const int to = merges ? last : out.rank++;
    out.extents[to] = merges ? out.extents[to] * n : n;
    out.a[to] = sa, out.b[to] = sb, out.c[to] = sc;
  }
  return out;
}

// As the library takes it, in `dtype`.
View operand(const View& view, DType dtype, const At& at) {
  return view.dtype == dtype && last_two(view).direct() ? view : densified(view, dtype, at);
}

// Rows of the innermost leading axis that share B are more rows of one product.
void fold(Product* product, Leading* lead) {
  if (lead->rank == 0) return;
  const int last = lead->rank - 1;
  Matrix &a = product->a, &c = product->c;
  const std::int64_t n = lead->extents[last];
  if (lead->b[last] != 0 || !a.dense_rows() || a.rows * n > kMostExtent) return;
  const std::int64_t a_row = a.rows == 1 ? lead->a[last] : a.row_stride,
                     c_row = c.rows == 1 ? lead->c[last] : c.row_stride;
  if (a_row < a.columns || lead->a[last] != a.rows * a_row || lead->c[last] != c.rows * c_row) return;
  a.row_stride = a_row, c.row_stride = c_row;
  a.rows *= n, c.rows *= n;
  --lead->rank;
}

// The longest leading axis is the library's batch; the others are a call each.
void multiply_all(Product product, const Leading& lead, const At& at) {
  int batch = -1;
  for (int i = 0; i < lead.rank; ++i) {
    if (batch < 0 || lead.extents[i] > lead.extents[batch]) batch = i;
  }
  std::int64_t calls = 1;
  for (int i = 0; i < lead.rank; ++i) calls *= i == batch ? 1 : lead.extents[i];
  if (batch >= 0) {
    product.batch = lead.extents[batch];
    product.a.batch_stride = lead.a[batch];
    product.b.batch_stride = lead.b[batch];
    product.c.batch_stride = lead.c[batch];
  }
  for (std::int64_t call = 0; call < calls; ++call) {
    Product one = product;
    std::int64_t left = call, a = 0, b = 0, c = 0;
    for (int i = lead.rank - 1; i >= 0; --i) {
      if (i == batch) continue;
      const std::int64_t index = left % lead.extents[i];
      left /= lead.extents[i];
      a += index * lead.a[i], b += index * lead.b[i], c += index * lead.c[i];
    }
    one.a.data = element_at(one.a.data, a, one.a.dtype);
    one.b.data = element_at(one.b.data, b, one.b.dtype);
    one.c.data = element_at(one.c.data, c, one.c.dtype);
    multiply(one, at.workspace, at.stream);
  }
}

bool fits(const View& view) {
  if (view.rank < 2 || view.numel() == 0 || !is_floating(view.dtype)) return false;
  return view.size(-2) <= kMostExtent && view.size(-1) <= kMostExtent;
}

bool supports(const KernelCall& call) {
  return fits(call.inputs[0]) && fits(call.inputs[1]) && fits(call.outputs[0]) && cublaslt().reason.empty();
}

// The product, and the leading axes over which it is repeated.
struct Repeated {
  Product product;
  Leading lead;
};
Repeated repeated(const View& a, const View& b, const View& c) {
  Repeated all{{last_two(a), last_two(b), last_two(c)}, leading_of(a, b, c)};
  fold(&all.product, &all.lead);
  return all;
}

bool supports_split(const KernelCall& call) {
  const View &a = call.inputs[0], &b = call.inputs[1], &c = call.outputs[0];
  for (const View* one : {&a, &b, &c}) {
    if (one->dtype != DType::f32 || !fits(*one) || !last_two(*one).direct()) return false;
  }
  if (!cublaslt().reason.empty()) return false;
  const Repeated all = repeated(a, b, c);
  const Matrix &left = all.product.a, &right = all.product.b;
  return all.lead.rank == 0 && worth_splitting(left.rows, right.columns, left.columns, call.stream);
}

void multiply_views(const KernelCall& call, bool splits) {
  const At at{*call.workspace, call.stream};
  const View& c = call.outputs[0];
  Repeated all = repeated(operand(call.inputs[0], c.dtype, at), operand(call.inputs[1], c.dtype, at), c);
  all.product.splits = splits;
  multiply_all(all.product, all.lead, at);
}
void forward(const KernelCall& call) { multiply_views(call, false); }
void forward_split(const KernelCall& call) { multiply_views(call, true); }

}  // namespace

void add_matmul_products(Rows& rows) {
  rows.push_back(product_row("matmul", forward, supports));
  rows.push_back(split_row("matmul", forward_split, supports_split));
}

}  // namespace strata::cuda
