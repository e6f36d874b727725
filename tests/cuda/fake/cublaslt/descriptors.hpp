// What the stand-in for cuBLASLt keeps behind its handles: a product, the layout of a matrix, what a search may find.
#pragma once

#include <cublasLt.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <vector>

#include "cuda/fake/numbers.hpp"

namespace fake::cublaslt {

// Attributes by number, each of a size of its own.
struct Attributes {
  std::map<int, std::size_t> sizes;
  std::map<int, std::vector<unsigned char>> values;

  cublasStatus_t set(int attribute, const void* from, std::size_t bytes) {
    const auto size = sizes.find(attribute);
    if (size == sizes.end() || from == nullptr || size->second != bytes) return CUBLAS_STATUS_INVALID_VALUE;
    const auto* first = static_cast<const unsigned char*>(from);
    values[attribute].assign(first, first + bytes);
    return CUBLAS_STATUS_SUCCESS;
  }
  template <class T>
  T get(int attribute, T fallback) const {
    const auto found = values.find(attribute);
    if (found == values.end()) return fallback;
    T value;
    std::memcpy(&value, found->second.data(), sizeof value);
    return value;
  }
};

struct Product {
  cublasComputeType_t compute;
  cudaDataType_t scale;
  Attributes attributes{{{CUBLASLT_MATMUL_DESC_TRANSA, 4},
                         {CUBLASLT_MATMUL_DESC_TRANSB, 4},
                         {CUBLASLT_MATMUL_DESC_EPILOGUE, 4},
                         {CUBLASLT_MATMUL_DESC_BIAS_POINTER, 8},
                         {CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, 4}},
                        {}};

  bool turned_a() const { return turned(CUBLASLT_MATMUL_DESC_TRANSA); }
  bool turned_b() const { return turned(CUBLASLT_MATMUL_DESC_TRANSB); }
  std::uint32_t epilogue() const {
    return attributes.get<std::uint32_t>(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_DEFAULT);
  }
  bool adds_bias() const { return epilogue() == CUBLASLT_EPILOGUE_BIAS; }
  const void* bias() const { return attributes.get<const void*>(CUBLASLT_MATMUL_DESC_BIAS_POINTER, nullptr); }

 private:
  bool turned(cublasLtMatmulDescAttributes_t which) const {
    return attributes.get<std::int32_t>(which, CUBLAS_OP_N) == CUBLAS_OP_T;
  }
};

// Column-major, as many matrices as there are entries of the batch.
struct Layout {
  cudaDataType_t type;
  std::int64_t rows, columns, ld;
  Attributes attributes{{{CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, 4}, {CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, 8}},
                        {}};

  std::int32_t batch() const { return attributes.get<std::int32_t>(CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, 1); }
  std::int64_t stride() const { return attributes.get<std::int64_t>(CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, 0); }
  std::size_t at(std::int64_t entry, std::int64_t row, std::int64_t column) const {
    return static_cast<std::size_t>(entry * stride() + column * ld + row);
  }
  // Of the types that Problem::supported takes.
  Format format() const {
    return type == CUDA_R_64F   ? Format::f64
           : type == CUDA_R_32F ? Format::f32
           : type == CUDA_R_16F ? Format::f16
                                : Format::bf16;
  }
  bool same(const Layout& other) const {
    return type == other.type && rows == other.rows && columns == other.columns && ld == other.ld &&
           batch() == other.batch() && stride() == other.stride();
  }
};

struct Preference {
  Attributes attributes{{{CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, 8},
                         {CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, 4},
                         {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, 4},
                         {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, 4},
                         {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, 4},
                         {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, 4}},
                        {}};
};

}  // namespace fake::cublaslt
