#include "operands.hpp"

#include "cublaslt.hpp"
#include "kept.hpp"
#include "kernels/dense.hpp"
#include "kernels/epilogue.hpp"

namespace strata::cuda {
namespace {

// A dense copy in `dtype`: kept with a constant weight, else of this call.
View in_dtype(const View& weight, DType dtype, const At& at) {
  if (!keeps_copies(weight) || size_of(dtype) != 2) return densified(weight, dtype, at);
  return kept_copy(weight, dtype == DType::bf16 ? CopyForm::bf16 : CopyForm::f16, at.stream);
}

}  // namespace

Matrix last_two(const View& view) {
  return {view.data, view.dtype, view.size(-2), view.size(-1), view.stride(-2), view.stride(-1), 0};
}

View densified(const View& view, DType dtype, const At& at) {
  if (view.dtype == dtype && view.contiguous()) return view;
  const View copy = dense_like(view, dtype, &at.workspace);
  copy_converted(view, copy, false, at.stream);
  return copy;
}

Matrix rows_of(const View& view, const At& at) {
  Matrix m{view.data, view.dtype, 0, view.size(-1), 0, 1, 0};
  if (as_matrix(view, &m.rows, &m.row_stride) && m.direct()) return m;
  const View copy = dense_like(view, view.dtype, &at.workspace);
  copy_converted(view, copy, false, at.stream);
  m.data = copy.data;
  m.rows = view.numel() / view.size(-1);
  m.row_stride = m.columns;
  return m;
}

Matrix weight_of(const View& weight, DType dtype, const At& at) {
  if (weight.dtype != dtype) return last_two(in_dtype(weight, dtype, at));
  Matrix m = last_two(weight);
  if (dtype == DType::f32 && keeps_copies(weight) && weight.contiguous()) m.weight = &weight;
  return m.direct() ? m : last_two(densified(weight, dtype, at));
}

const void* bias_of(const View& bias, DType dtype, const At& at) {
  if (bias.dtype != dtype) return in_dtype(bias, dtype, at).data;
  constexpr std::uintptr_t kAligned = 16;  // what the library's epilogue asks for
  if (bias.contiguous() && reinterpret_cast<std::uintptr_t>(bias.data) % kAligned == 0) return bias.data;
  const View copy = dense_like(bias, dtype, &at.workspace);
  copy_converted(bias, copy, false, at.stream);
  return copy.data;
}

bool linear_fits(const View& x, const View& weight, const View& y) {
  if (x.rank < 1 || !is_floating(x.dtype) || y.dtype != x.dtype) return false;
  if (x.numel() == 0 || weight.numel() == 0 || y.numel() == 0) return false;
  if (x.numel() / x.size(-1) > kMostExtent || x.size(-1) > kMostExtent || y.size(-1) > kMostExtent) return false;
  if (weight.dtype != x.dtype && !(weight.dtype == DType::f32 && size_of(x.dtype) == 2)) return false;
  return cublaslt().reason.empty();
}

Matrix dense_rows_of(const View& view) {
  const std::int64_t columns = view.size(-1);
  return {view.data, view.dtype, view.numel() / columns, columns, columns, 1, 0};
}

void multiply_into(Product one, const View& gradient, bool accumulate, const At& at) {
  one.c = dense_rows_of(gradient);
  if (accumulate) one.addend = one.c;
  multiply(one, at.workspace, at.stream);
}

}  // namespace strata::cuda
