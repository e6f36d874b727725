// The numbers of a product, in float64.
#pragma once

#include "cuda/fake/cublaslt/problem.hpp"

namespace fake::cublaslt {

struct Operands {
  double alpha, beta;
  const void *a, *b, *c;
  void* d;
};

// D = alpha op(A) op(B) + beta C + bias, the bias along D's rows. Sums of TF32 are truncated after eight terms each, as
// those of tensor cores are (Fasi et al. 2021, "Numerical behavior of NVIDIA tensor cores").
void compute(const Problem& problem, const Operands& operands);

}  // namespace fake::cublaslt
