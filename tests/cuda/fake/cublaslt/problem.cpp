#include "cuda/fake/cublaslt/problem.hpp"

#include <algorithm>
#include <bit>

namespace fake::cublaslt {
namespace {

const Layout& layout_of(cublasLtMatrixLayout_t handle) { return *reinterpret_cast<const Layout*>(handle); }

}  // namespace

std::uint64_t alignment_of(const void* address) {
  return std::uint64_t{1} << std::min(8, std::countr_zero(reinterpret_cast<std::uintptr_t>(address) | 256U));
}

Problem::Problem(cublasLtMatmulDesc_t of, cublasLtMatrixLayout_t first, cublasLtMatrixLayout_t second,
                 cublasLtMatrixLayout_t addend, cublasLtMatrixLayout_t result)
    : product(*reinterpret_cast<const Product*>(of)),
      a(layout_of(first)),
      b(layout_of(second)),
      c(layout_of(addend)),
      d(layout_of(result)),
      m(d.rows),
      n(d.columns),
      k(product.turned_a() ? a.rows : a.columns) {}

bool Problem::fits() const {
  if ((product.turned_a() ? a.columns : a.rows) != m) return false;
  if ((product.turned_b() ? b.columns : b.rows) != k || (product.turned_b() ? b.rows : b.columns) != n) return false;
  if (c.rows != m || c.columns != n) return false;
  for (const Layout* one : {&a, &b, &c, &d}) {
    if (one->rows < 1 || one->columns < 1 || one->ld < one->rows || one->batch() != d.batch()) return false;
    if (one->rows > INT32_MAX || one->columns > INT32_MAX) return false;
  }
  // A result's matrices must not overlap.
  return d.batch() >= 1 && (d.batch() == 1 || d.stride() >= d.ld * (d.columns - 1) + d.rows);
}

bool Problem::bias_supported() const {
  if (!product.adds_bias()) return product.epilogue() == CUBLASLT_EPILOGUE_DEFAULT;
  const auto type = product.attributes.get<std::int32_t>(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, -1);
  return (type == -1 || type == d.type) && product.bias() != nullptr && alignment_of(product.bias()) >= 16;
}

bool Problem::supported() const {
  if (a.type != b.type || c.type != d.type || !bias_supported()) return false;
  switch (product.compute) {
    case CUBLAS_COMPUTE_64F: return product.scale == CUDA_R_64F && a.type == CUDA_R_64F && d.type == CUDA_R_64F;
    case CUBLAS_COMPUTE_32F_FAST_TF32:
      return product.scale == CUDA_R_32F && a.type == CUDA_R_32F && d.type == CUDA_R_32F;
    case CUBLAS_COMPUTE_32F:
      if (product.scale != CUDA_R_32F) return false;
      if (a.type == CUDA_R_32F) return d.type == CUDA_R_32F;
      return (a.type == CUDA_R_16F || a.type == CUDA_R_16BF) && (d.type == a.type || d.type == CUDA_R_32F);
    default: return false;
  }
}

std::uint64_t Problem::shape() const {
  std::uint64_t hash = 17;
  for (const Layout* one : {&a, &b, &c, &d}) {
    for (const std::int64_t word : {static_cast<std::int64_t>(one->type), one->rows, one->columns, one->ld,
                                    std::int64_t{one->batch()}, one->stride()}) {
      hash = hash * 1000003 + static_cast<std::uint64_t>(word);
    }
  }
  return hash * 1000003 + product.epilogue();
}

}  // namespace fake::cublaslt
