// Newton-Schulz iteration of the fifth order.
#include "orthogonal.hpp"

#include <strata/ops/elementwise.hpp>
#include <strata/ops/matmul.hpp>
#include <strata/ops/shape.hpp>
#include <strata/ops/update.hpp>

#include <span>

namespace muon {

using namespace strata;

Tensor orthogonalised(const Tensor& matrix, int steps) {
  constexpr double kA = 3.4445, kB = -4.7750, kC = 2.0315;  // steep at zero: small singular values grow quickly
  constexpr double kSmallest = 1e-7;
  const bool tall = matrix.size(0) > matrix.size(1);
  Tensor x = tall ? contiguous(transpose(matrix)) : matrix;
  const Tensor norm = cast(sqrt(squared_norm(std::span(&x, 1))), x.dtype());
  x = div(x, maximum(norm, Tensor::full({}, kSmallest, x.dtype(), x.device())));
  for (int i = 0; i < steps; ++i) {
    const Tensor gram = matmul(x, transpose(x));
    const Tensor polynomial = add(affine(gram, kB, 0), affine(matmul(gram, gram), kC, 0));
    x = add(affine(x, kA, 0), matmul(polynomial, x));
  }
  return tall ? contiguous(transpose(x)) : x;
}

}  // namespace muon
