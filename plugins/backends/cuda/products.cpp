#include "products.hpp"

#include <algorithm>

#include "kernels/epilogue.hpp"
#include "kernels/product.hpp"
#include "plans.hpp"
#include "split.hpp"

namespace strata::cuda {
namespace {

View view_of(const Matrix& m, std::int64_t batch) {
  View view{};
  view.data = m.data;
  view.dtype = m.dtype;
  view.rank = 3;
  view.shape[0] = batch, view.shape[1] = m.rows, view.shape[2] = m.columns;
  view.strides[0] = m.batch_stride, view.strides[1] = m.row_stride, view.strides[2] = m.column_stride;
  return view;
}

void run(const Product& product, Workspace& workspace, void* stream) {
  if (run_planned(product, workspace, stream)) return;
  const View c = view_of(product.c, product.batch);
  if (product.bias != nullptr) {
    Product plain = product;
    plain.bias = nullptr;
    run(plain, workspace, stream);
    View bias{};
    bias.data = const_cast<void*>(product.bias);
    bias.dtype = product.c.dtype;
    bias.rank = 1;
    bias.shape[0] = product.c.columns, bias.strides[0] = 1;
    return copy_converted(bias, c, true, stream);
  }
  const bool adds = product.addend.data != nullptr;
  if (adds && product.addend.data != product.c.data) {
    copy_converted(view_of(product.addend, product.batch), c, false, stream);
  }
  multiply_general(view_of(product.a, product.batch), view_of(product.b, product.batch), c, adds, stream);
}

}  // namespace

// A grid of blocks has no more than 65,535 layers; parts of 63 x 1024 keep the alignment.
void multiply(const Product& product, Workspace& workspace, void* stream) {
  if (product.splits) {
    for (const Product& part : split_products(product, workspace, stream)) run(part, workspace, stream);
    return;
  }
  constexpr std::int64_t kMostBatch = std::int64_t{63} * 1024;
  for (std::int64_t first = 0; first < product.batch; first += kMostBatch) {
    Product part = product;
    part.batch = std::min(kMostBatch, product.batch - first);
    for (Matrix* m : {&part.a, &part.b, &part.c, &part.addend}) {
      if (m->data != nullptr) m->data = element_at(m->data, first * m->batch_stride, m->dtype);
    }
    run(part, workspace, stream);
  }
}

}  // namespace strata::cuda
