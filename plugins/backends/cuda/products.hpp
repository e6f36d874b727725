// Matrix products by cuBLASLt: what a product is, in the row-major terms of the ops.
#pragma once

#include <cstdint>

#include "strata/device/kernel.hpp"

namespace strata::cuda {

inline void* element_at(void* data, std::int64_t i, DType dtype) {
  return static_cast<unsigned char*>(data) + i * static_cast<std::int64_t>(size_of(dtype));
}

// One of `Product::batch` equal matrices, `batch_stride` elements apart.
struct Matrix {
  void* data;
  DType dtype;
  std::int64_t rows, columns, row_stride, column_stride;
  std::int64_t batch_stride;
  const View* weight =
      nullptr;  // a constant weight that this is, as it lies in memory, for copies that are kept with it
  const float* split = nullptr;  // its copy in the form that its product needs, where it has one (split_factors)

  Matrix transposed() const { return {data, dtype, columns, rows, column_stride, row_stride, batch_stride, weight}; }
  // Whether the library takes it as it is: one axis dense, and the lines along it apart from each other.
  bool direct() const { return dense_rows() || transposed().dense_rows(); }
  // Rows are dense, as a result's have to be.
  bool dense_rows() const { return (column_stride == 1 || columns == 1) && (row_stride >= columns || rows == 1); }
};

// C = A B + addend + bias. A and B have one floating dtype, C the same or, of 16-bit ones, f32; all sums are f32, of
// f64 f64.
struct Product {
  Matrix a, b, c;              // [m,k], [k,n], [m,n]; a and b direct, c with dense rows
  Matrix addend{};             // data null: none; else as c, and may be c itself
  const void* bias = nullptr;  // [n] in C's dtype, dense, 16-byte aligned; or none
  std::int64_t batch = 1;
  bool splits = false;  // a single one of f32 that runs on tensor cores, of split factors (split.hpp)
  bool tf32 = false;    // factors of f32 hold what TF32 can: nothing is lost on tensor cores
};

// What the library's extents and strides can say at all.
constexpr std::int64_t kMostExtent = (std::int64_t{1} << 31) - 1;

// Queues the product. A shape for which the library has no algorithm is computed by the general kernel, which the log
// says once a shape. How it is computed depends on shapes, strides, dtypes and the alignment of addresses alone, and is
// looked up once for each.
void multiply(const Product& product, Workspace& workspace, void* stream);

// Drops what is kept for a queue; its device ends.
void end_products(void* stream);

}  // namespace strata::cuda
