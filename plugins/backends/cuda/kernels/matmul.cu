// The product of matrices of any type and strides, a thread an element: what a library's product does not take.
#include "kernels/product.hpp"
#include "kernels/rows.hpp"
#include "kernels/walk.hpp"

namespace strata::cuda {
namespace {

// Sums in f32, in f64 for f64.
template <class C>
struct ProductKernel {
  Elements a, b, y;
  StridedLoop<3> batches;  // of a, b and y
  std::int64_t m, n, k, a_row, a_column, b_row, b_column, y_row, y_column;
  bool adds;
  STRATA_BOTH void operator()(std::int64_t i) const {
    std::int64_t at[3];
    batches.at(i / (m * n), at);
    const std::int64_t row = i / n % m, column = i % n;
    const std::int64_t left = at[0] + row * a_row, right = at[1] + column * b_column;
    C total{0};
    for (std::int64_t p = 0; p < k; ++p) total += a.load<C>(left + p * a_column) * b.load<C>(right + p * b_row);
    const std::int64_t to = at[2] + row * y_row + column * y_column;
    y.store(to, adds ? y.load<C>(to) + total : total);
  }
};

View without_matrix(View view) {
  view.rank -= 2;
  return view;
}

void matmul(const KernelCall& call) {
  multiply_general(call.inputs[0], call.inputs[1], call.outputs[0], false, call.stream);
}

}  // namespace

void multiply_general(const View& a, const View& b, const View& y, bool adds, void* stream) {
  const View a_batch = without_matrix(a), b_batch = without_matrix(b), y_batch = without_matrix(y);
  const StridedLoop<3> batches(y_batch, {&a_batch, &b_batch, &y_batch});
  with_compute(y.dtype, [&](auto c) {
    each(y.numel(), stream, "matmul",
         ProductKernel<decltype(c)>{elements_of(a), elements_of(b), elements_of(y), batches, y.size(-2), y.size(-1),
                                    a.size(-1), a.stride(-2), a.stride(-1), b.stride(-2), b.stride(-1), y.stride(-2),
                                    y.stride(-1), adds});
  });
}

void add_matmul(Rows& rows) { rows.push_back(row_of("matmul", matmul)); }

}  // namespace strata::cuda
