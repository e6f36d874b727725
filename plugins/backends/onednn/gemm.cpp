// Which variant of a product runs. Measured on 2 cores with AVX512-BF16 (README.md): packed B reaches 97-100 % of the
// peak, plain B 85-95 %, an A with gaps between its rows 75-90 % as oneDNN then takes its older kernel.
#include "gemm.hpp"

#include <algorithm>
#include <cstring>

#include "kept.hpp"
#include "strata/core/error.hpp"
#include "strata/device/parallel.hpp"
#include "vector/table.hpp"

namespace strata::onednn {
namespace {

// From this many rows on, packing B for one call is repaid (B's reorder costs 0.05-0.25 ns an element).
constexpr std::int64_t kPackRows = 512;

// B comes packed, in `dtype`.
void pack_spec(ProductSpec& spec, DType dtype) {
  spec.packed_b = true;
  spec.b_row = spec.b_column = 0;
  spec.b_dtype = dtype;
}

Matrix dense_copy(const Matrix& m, Workspace& workspace) {
  const std::size_t element = size_of(m.dtype);
  Matrix out = dense(workspace.take<unsigned char>(m.rows * m.columns * static_cast<std::int64_t>(element)), m.dtype,
                     m.rows, m.columns);
  parallel_for(0, m.rows, 1 + 16384 / (m.columns + 1), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first; r < last; ++r) {
      auto* to = static_cast<unsigned char*>(out.data) + static_cast<std::size_t>(r * m.columns) * element;
      const auto* from =
          static_cast<const unsigned char*>(m.data) + static_cast<std::size_t>(r * m.row_stride) * element;
      if (m.column_stride == 1) {
        std::memcpy(to, from, static_cast<std::size_t>(m.columns) * element);
        continue;
      }
      for (std::int64_t c = 0; c < m.columns; ++c) {
        std::memcpy(to + static_cast<std::size_t>(c) * element,
                    from + static_cast<std::size_t>(c * m.column_stride) * element, element);
      }
    }
  });
  return out;
}

// A of a gap between rows, or of strides that no primitive takes, is copied where that is cheap beside the product.
Matrix fit_a(const Matrix& a, std::int64_t n, Workspace& workspace) {
  const bool gaps = a.column_stride == 1 && a.row_stride != a.columns && a.rows > 1;
  if (!takes(a) || (gaps && n >= 128)) return dense_copy(a, workspace);
  return a;
}

void run(const SlicedProduct& product, const Matrix& a, const void* b, const Matrix& c, const Epilogue& epilogue,
         Workspace& workspace) {
  product.run({a.data, b, c.data, epilogue.bias, product.take_scratch(workspace)});
}

// Packs B by our own loops where the layout is of plain blocks: rounding to bf16 on the way, they need a third to a
// tenth of the time of oneDNN's reorder (README.md).
void pack(const Product& product, const Matrix& b, DType into, void* packed) {
  const BlockLayout& blocks = product.blocks;
  const bool dense_k = b.row_stride == 1, dense_n = b.column_stride == 1;
  const bool own = blocks.known() && (dense_k || dense_n) &&
                   (into == DType::bf16 ? blocks.pairs && (b.dtype == DType::f32 || b.dtype == DType::bf16)
                                        : into == DType::f32 && !blocks.pairs && b.dtype == DType::f32);
  if (!own) return pack_b(product, {b.data, b.dtype, b.row_stride, b.column_stride}, packed);
  const VectorTable& table = vectors();
  const int turned = dense_n ? 0 : 1;
  const auto function =
      into == DType::f32 ? table.pack_floats[turned] : table.pack_pairs[b.dtype == DType::bf16 ? 1 : 0][turned];
  const std::int64_t from_size = static_cast<std::int64_t>(size_of(b.dtype)),
                     to_size = static_cast<std::int64_t>(size_of(into));
  parallel_for(0, blocks.n_blocks * blocks.k_blocks, 4, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t n = i / blocks.k_blocks, k = i % blocks.k_blocks;
      const std::int64_t at = k * blocks.k_block * b.row_stride + n * blocks.n_block * b.column_stride;
      function({static_cast<const unsigned char*>(b.data) + at * from_size, b.column_stride, b.row_stride,
                static_cast<unsigned char*>(packed) + (k * blocks.k_stride + n * blocks.n_stride) * to_size,
                std::min(blocks.n_block, b.columns - n * blocks.n_block),
                std::min(blocks.k_block, b.rows - k * blocks.k_block), blocks.n_block, blocks.k_block});
    }
  });
}

const void* packed_weight(const View& weight, const Matrix& b, DType into, const SlicedProduct& product,
                          Workspace& workspace) {
  const bool transposed = b.rows != weight.shape[0] || b.row_stride != weight.strides[0];
  const std::uint64_t key = packed_key("onednn.packed", weight) ^
                            ((product.product().packed_layout * 2 + (transposed ? 1 : 0) + 1) * 0x9E3779B97F4A7C15ULL);
  return kept_with(weight, key, product.product().packed_bytes, workspace,
                   [&](void* packed) { pack(product.product(), b, into, packed); });
}

Matrix weight_matrix(const View& weight, WeightForm form) {
  const Matrix m{weight.data, weight.dtype, weight.shape[0], weight.shape[1], weight.strides[0], weight.strides[1]};
  return form == WeightForm::transposed ? m.transposed() : m;
}

}  // namespace

ProductSpec product_spec(const Matrix& a, const Matrix& b, const Matrix& c, const Epilogue& epilogue) {
  ProductSpec spec;
  spec.m = a.rows;
  spec.n = b.columns;
  spec.k = a.columns;
  spec.a_row = a.row_stride;
  spec.a_column = a.column_stride;
  spec.b_row = b.row_stride;
  spec.b_column = b.column_stride;
  spec.c_row = c.row_stride;
  spec.a_dtype = a.dtype;
  spec.b_dtype = b.dtype;
  spec.c_dtype = c.dtype;
  spec.bias = epilogue.bias != nullptr;
  spec.bias_dtype = spec.bias ? epilogue.bias_dtype : DType::f32;
  spec.accumulate = epilogue.accumulate;
  return spec;
}

bool takes(const Matrix& m) {
  return (m.column_stride == 1 && (m.row_stride >= m.columns || m.rows == 1)) ||
         (m.row_stride == 1 && (m.column_stride >= m.rows || m.columns == 1));
}

bool product_dtype(DType dtype) { return dtype == DType::f32 || (dtype == DType::bf16 && bf16_products()); }

bool int8_product(std::int64_t rows, std::int64_t outputs, std::int64_t width) {
  ProductSpec spec =
      product_spec(dense(nullptr, DType::i8, rows, width), dense(nullptr, DType::i8, outputs, width).transposed(),
                   dense(nullptr, DType::i32, rows, outputs), {});
  pack_spec(spec, DType::i8);
  // without VNNI oneDNN's sums of two products saturate
  const Product* product = vectors().vnni ? find_product(spec) : nullptr;
  return product != nullptr && !product->reference;
}

bool matrix_of(const View& view, Matrix* out) {
  std::int64_t rows = 0, stride = 0;
  if (!as_matrix(view, &rows, &stride)) return false;
  *out = {view.data, view.dtype, rows, view.size(-1), stride, 1};
  return true;
}

void multiply(const Matrix& a, const Matrix& b, const Matrix& c, const Epilogue& epilogue, Workspace& workspace) {
  if (c.rows == 0 || c.columns == 0) return;
  const Matrix left = fit_a(a, b.columns, workspace);
  Matrix right = b;
  const bool packs = b.dtype != a.dtype || a.rows >= kPackRows;
  if (!packs && !takes(b)) right = dense_copy(b, workspace);
  ProductSpec spec = product_spec(left, right, c, epilogue);
  if (!packs) return run(SlicedProduct(spec), left, right.data, c, epilogue, workspace);
  pack_spec(spec, a.dtype);
  const SlicedProduct product(spec);
  void* packed = workspace.allocate(&workspace, product.product().packed_bytes);
  pack(product.product(), b, a.dtype, packed);
  run(product, left, packed, c, epilogue, workspace);
}

void multiply_by_weight(const Matrix& a, const View& weight, WeightForm form, const Matrix& c, const Epilogue& epilogue,
                        Workspace& workspace) {
  if (c.rows == 0 || c.columns == 0) return;
  const Matrix b = weight_matrix(weight, form);
  if (!weight.constant) return multiply(a, b, c, epilogue, workspace);
  if (Panels::fit(a, b, c) && (epilogue.bias == nullptr || epilogue.bias_dtype == DType::f32)) {
    const auto* bias = static_cast<const float*>(epilogue.bias);
    return Panels(weight, b, a.rows, workspace).multiply(a, bias, epilogue.accumulate, c);
  }
  const Matrix left = fit_a(a, b.columns, workspace);
  ProductSpec spec = product_spec(left, b, c, epilogue);
  pack_spec(spec, a.dtype);
  const SlicedProduct product(spec);
  run(product, left, packed_weight(weight, b, spec.b_dtype, product, workspace), c, epilogue, workspace);
}

ReadyWeight::ReadyWeight(const View& weight, WeightForm form, const ReadyShape& shape, Workspace& workspace)
    : bias_(shape.bias), accumulate_(shape.accumulate) {
  const Matrix b = weight_matrix(weight, form);
  a_ = dense(nullptr, shape.input, shape.rows, b.rows);
  c_ = dense(nullptr, shape.output, shape.rows, b.columns);
  if (Panels::fit(a_, b, c_)) {
    panels_.emplace(weight, b, shape.rows, workspace);
    return;
  }
  Epilogue epilogue;
  epilogue.accumulate = shape.accumulate;
  epilogue.bias = shape.bias;
  ProductSpec spec = product_spec(a_, b, c_, epilogue);
  pack_spec(spec, shape.input);
  product_.emplace(spec);
  packed_ = packed_weight(weight, b, spec.b_dtype, *product_, workspace);
  scratch_ = product_->take_scratch(workspace);
}

void ReadyWeight::multiply(void* a, void* c) const {
  if (product_) return product_->run({a, packed_, c, bias_, scratch_});
  Matrix x = a_, y = c_;
  x.data = a, y.data = c;
  panels_->multiply(x, bias_, accumulate_, y);
}

}  // namespace strata::onednn
