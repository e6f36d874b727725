// Slices: how a product C[m,n] = A[m,k] B[k,n] is cut for several threads: into stretches of C's rows. A function of
// its shape alone, never of how many threads there are: each element's sum is then made in the same order on any
// machine of this kind. (Stretches of columns would leave gaps between C's rows, for which oneDNN has no fast kernels.)
#pragma once

#include <cstdint>

#include "strata/device/dtype.hpp"

namespace strata::onednn {

struct Slices {
  std::int64_t rows;  // of a slice; the last may have fewer
  std::int64_t count;
};

// B comes packed, or as it lies.
Slices slices_of(std::int64_t m, std::int64_t n, std::int64_t k, DType dtype, bool packed);

// Into how many parts `extent` equal pieces of work, of `flops` together, are cut: a power of two.
std::int64_t parts_of(std::int64_t extent, double flops);

}  // namespace strata::onednn
