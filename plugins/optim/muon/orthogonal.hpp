// The nearest matrix with orthonormal rows or columns, roughly.
#pragma once

#include <strata/tensor/tensor.hpp>

namespace muon {

// Returns a matrix with the singular vectors of `matrix` [R,C] and singular values of about 0.7 to 1.2, by `steps`
// iterations of Newton and Schulz with the coefficients of Jordan et al. (2024). The products are in the compute type
// of the context; zeros give zeros.
strata::Tensor orthogonalised(const strata::Tensor& matrix, int steps);

}  // namespace muon
