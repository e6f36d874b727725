// The engine: the one place that speaks to oneDNN (2.6 and 3.x). A product C[m,n] = A[m,k] B[k,n] (+ C) (+ bias), with
// optional batch axes, is described by plain numbers. Its primitive runs in the calling thread alone: products are cut
// for several threads by us (sliced_product.hpp). It is made once for each thread that asks, and kept.
#pragma once

#include <cstddef>
#include <cstdint>

#include "strata/device/dtype.hpp"

namespace strata::onednn {

constexpr int kMaxBatchRank = 3;

// All that a primitive depends on; compared as bytes, hence cleared on construction and without padding.
struct ProductSpec {
  std::int64_t m = 0, n = 0, k = 0;
  std::int64_t a_row = 0, a_column = 0;  // strides in elements
  std::int64_t b_row = 0, b_column = 0;
  std::int64_t c_row = 0;  // C's columns are dense
  std::int64_t batch_rank = 0;
  std::int64_t batch[kMaxBatchRank] = {};  // extents; strides of 0 broadcast
  std::int64_t a_batch[kMaxBatchRank] = {}, b_batch[kMaxBatchRank] = {}, c_batch[kMaxBatchRank] = {};
  DType a_dtype = DType::f32, b_dtype = DType::f32, c_dtype = DType::f32, bias_dtype = DType::f32;
  bool packed_b = false;  // B comes in the layout that the primitive likes best; b_row and b_column are unused
  bool bias = false;      // [n], added to every row
  bool accumulate = false;
  bool unused = false;
};
static_assert(sizeof(ProductSpec) == (10 + 4 * kMaxBatchRank) * 8, "padding would make equal specs differ");

struct ProductData {
  const void* a;
  const void* b;
  void* c;
  const void* bias;
  void* scratch;  // of Product::scratch_bytes
};

struct ProductImplementation;

// A packed layout of plain blocks: element (k, n) of B lies at k / k_block * k_stride + n / n_block * n_stride, then in
// its block at k * n_block + n, or with `pairs` at (k / 2) * 2 n_block + 2 n + k % 2. Not all layouts are of this kind.
struct BlockLayout {
  std::int64_t k_block = 0, n_block = 0, k_stride = 0, n_stride = 0;
  std::int64_t k_blocks = 0, n_blocks = 0;
  bool pairs = false;

  bool known() const { return k_block != 0; }
};

// A primitive that lives as long as the thread that found it.
struct Product {
  ProductImplementation* implementation;
  std::size_t scratch_bytes;
  std::size_t packed_bytes;     // of B, when packed
  std::uint64_t packed_layout;  // equal layouts have equal numbers in this process
  BlockLayout blocks;
  bool reference;  // oneDNN has only its slow reference loop for this
  bool amx;        // it multiplies tiles
};

// The product's primitive, or null when oneDNN cannot do it on this CPU.
const Product* find_product(ProductSpec spec);

// Makes room for calls by the workers 0 to count - 1 of a parallel_for.
void prepare_product(const Product& product, int count);

// By worker `index` (parallel.hpp) of the thread that found the product; workers may run one product at the same time,
// each with scratch memory of its own.
void run_product(const Product& product, const ProductData& data, int index);

// Writes B [k,n], given in any dtype and strides, into the product's packed layout and dtype (rounding to nearest
// even).
struct PackSource {
  const void* data;
  DType dtype;
  std::int64_t row_stride, column_stride;
};
void pack_b(const Product& product, const PackSource& source, void* packed);

// Whether products of bf16 matrices run at all (oneDNN needs AVX-512 for them).
bool bf16_products();

// Whether oneDNN takes AMX for them.
bool amx_products();

const char* engine_version();

}  // namespace strata::onednn
