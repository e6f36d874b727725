// Matrix products by shape: which layout each operand is given, what is copied, what is packed and kept.
#pragma once

#include <optional>

#include "matrix.hpp"
#include "panels.hpp"
#include "sliced_product.hpp"
#include "strata/device/kernel.hpp"

namespace strata::onednn {

// A view whose leading axes collapse (as_matrix), as a matrix [rows, last].
bool matrix_of(const View& view, Matrix* out);

struct Epilogue {
  const void* bias = nullptr;  // [n]
  DType bias_dtype = DType::f32;
  bool accumulate = false;  // C += instead of C =
};

ProductSpec product_spec(const Matrix& a, const Matrix& b, const Matrix& c, const Epilogue& epilogue);

// Whether a primitive takes a matrix of these strides: one of them is 1 and rows or columns do not overlap.
bool takes(const Matrix& m);

// C = A B. A and B have one dtype (f32 or bf16) or B is rounded to A's; C is f32 or A's dtype, its columns dense.
void multiply(const Matrix& a, const Matrix& b, const Matrix& c, const Epilogue& epilogue, Workspace& workspace);

// C[m,n] = A^T B over the rows of A [k,m] and B [k,n]: a weight's gradient.
void multiply_over_rows(const Matrix& a, const Matrix& b, const Matrix& c, const Epilogue& epilogue,
                        Workspace& workspace);

// C = A W^T with W a weight [out, in] (forward), or A W (towards the input). The packed weight, rounded to A's dtype,
// is kept with the weight's storage until that changes.
enum class WeightForm { transposed, as_is };
void multiply_by_weight(const Matrix& a, const View& weight, WeightForm form, const Matrix& c, const Epilogue& epilogue,
                        Workspace& workspace);

struct ReadyShape {
  std::int64_t rows;
  DType input, output;
  bool accumulate;
  const float* bias = nullptr;  // [n]
};

// A weight made ready for many products with m rows each: the look-up is done once for a time loop.
class ReadyWeight {
 public:
  ReadyWeight(const View& weight, WeightForm form, const ReadyShape& shape, Workspace& workspace);

  // a [m,k] dense of the dtype it was made for, c [m,n] dense
  void multiply(void* a, void* c) const;

 private:
  std::optional<Panels> panels_;
  std::optional<SlicedProduct> product_;
  Matrix a_, c_;
  const void* packed_ = nullptr;
  void* scratch_ = nullptr;
  const float* bias_;
  bool accumulate_;
};

// Products over equal batch axes (strides of 0 broadcast). False when no primitive fits: nothing was written.
struct BatchedProduct {
  Matrix a, b, c;
  std::int32_t rank;  // <= kMaxBatchRank
  std::int64_t extents[kMaxBatchRank], a_strides[kMaxBatchRank], b_strides[kMaxBatchRank], c_strides[kMaxBatchRank];
};
bool multiply_batched(const BatchedProduct& product, Workspace& workspace);

// What products take at all on this CPU.
bool product_dtype(DType dtype);

// Whether multiply_by_weight has a fast kernel for i8 [rows, width] by a constant weight i8 [outputs, width] into i32.
bool int8_product(std::int64_t rows, std::int64_t outputs, std::int64_t width);

}  // namespace strata::onednn
