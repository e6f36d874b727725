// A product with its matrices, and which of them the library takes: D = op(A) op(B), m x k times k x n.
#pragma once

#include <cublasLt.h>

#include <cstdint>

#include "cuda/fake/cublaslt/descriptors.hpp"

namespace fake::cublaslt {

// The largest power of two that divides the address, up to 256.
std::uint64_t alignment_of(const void* address);

struct Problem {
  Product product;
  Layout a, b, c, d;
  std::int64_t m, n, k;

  Problem(cublasLtMatmulDesc_t of, cublasLtMatrixLayout_t first, cublasLtMatrixLayout_t second,
          cublasLtMatrixLayout_t addend, cublasLtMatrixLayout_t result);

  // Whether the matrices fit each other.
  bool fits() const;
  // The table of types in the documentation, as far as it is of real floating types of 16 bits and more.
  bool supported() const;
  // A number that two problems of other matrices hardly share.
  std::uint64_t shape() const;

 private:
  bool bias_supported() const;
};

}  // namespace fake::cublaslt
