// Slices: how a product C[m,n] = A[m,k] B[k,n] is cut for several threads. A function of its shape alone, never of how
// many threads there are: each element's sum is then made in the same order on any machine of this kind.
#pragma once

#include <cstdint>

#include "strata/tensor/dtype.hpp"

namespace strata::onednn {

struct Slices {
  std::int64_t rows, columns;            // of a slice; the last of a direction may have fewer
  std::int64_t row_count, column_count;  // slices of each direction
};

// B comes packed, so that it can be cut by columns, or as it lies. (Products of bf16 or i8 are not cut by columns:
// oneDNN has its fast kernels only for a C without gaps between rows; of f32 both are equally fast.)
Slices slices_of(std::int64_t m, std::int64_t n, std::int64_t k, DType dtype, bool packed);

// Into how many parts `extent` equal pieces of work, of `flops` together, are cut: a power of two.
std::int64_t parts_of(std::int64_t extent, double flops);

}  // namespace strata::onednn
