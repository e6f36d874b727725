// Reference kernel of the matrix product: [..., M, K] x [..., K, N] -> [..., M, N].
#include "ops/reference/reference.hpp"

namespace strata::detail::reference {
namespace {

void matmul(const KernelCall& call) {
  const Array a = load(call.inputs[0]), b = load(call.inputs[1]);
  Array c = like(call.outputs[0]);
  Extents index(c.shape.size(), 0);
  const std::size_t row = index.size() - 2, column = index.size() - 1;
  for (double& value : c.values) {
    Extents left = index, right = index;
    for (std::int64_t k = 0; k < a.size(-1); ++k) {
      left[column] = right[row] = k;
      value += broadcast_at(a, left) * broadcast_at(b, right);
    }
    (void)next_index(index, c.shape);
  }
  store(call.outputs[0], c);
}

}  // namespace

void add_matmul(KernelRows& rows) { rows.push_back(reference_row("matmul", matmul)); }

}  // namespace strata::detail::reference
