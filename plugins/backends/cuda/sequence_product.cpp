#include "sequence_product.hpp"

#include "cublaslt.hpp"
#include "kernels/product.hpp"
#include "operands.hpp"
#include "products.hpp"

namespace strata::cuda {
namespace {

Matrix matrix_of(const View& view) {
  return {view.data, view.dtype, view.shape[0], view.shape[1], view.strides[0], view.strides[1], 0};
}
View view_of(const Matrix& m) {
  View view{};
  view.data = m.data;
  view.dtype = m.dtype;
  view.rank = 2;
  view.shape[0] = m.rows, view.shape[1] = m.columns;
  view.strides[0] = m.row_stride, view.strides[1] = m.column_stride;
  return view;
}
bool in_reach(const Matrix& m) {
  return m.rows <= kMostExtent && m.columns <= kMostExtent && m.row_stride <= kMostExtent &&
         m.column_stride <= kMostExtent;
}

}  // namespace

View rows_operand(const View& view, Workspace* workspace, void* stream) {
  return view_of(rows_of(view, {*workspace, stream}));
}
View weight_operand(const View& weight, DType dtype, Workspace* workspace, void* stream) {
  return view_of(weight_of(weight, dtype, {*workspace, stream}));
}
View dense_operand(const View& view, DType dtype, Workspace* workspace, void* stream) {
  return densified(view, dtype, {*workspace, stream});
}

void* InTurns::take_block(Workspace* self, std::size_t bytes) {
  auto& turns = *static_cast<InTurns*>(self);
  if (turns.at_ == turns.blocks_.size()) turns.blocks_.emplace_back(nullptr, 0);
  auto& [block, size] = turns.blocks_[turns.at_++];
  if (size < bytes) {
    block = turns.of_->allocate(turns.of_, bytes);
    size = bytes;
  }
  return block;
}

void product(const View& a, const View& b, const View& y, bool adds, Workspace* workspace, void* stream) {
  Product p{matrix_of(a), matrix_of(b), matrix_of(y)};
  if (adds) p.addend = p.c;
  const bool served = cublaslt().reason.empty() && p.a.direct() && p.b.direct() && p.c.dense_rows() && in_reach(p.a) &&
                      in_reach(p.b) && in_reach(p.c);
  if (served) {
    multiply(p, *workspace, stream);
  } else {
    multiply_general(a, b, y, adds, stream);
  }
}

}  // namespace strata::cuda
