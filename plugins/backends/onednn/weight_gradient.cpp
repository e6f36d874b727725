// multiply_over_rows: oneDNN's product, or our own where that turns A over.
#include <algorithm>

#include "gemm.hpp"
#include "panels.hpp"
#include "strata/device/parallel.hpp"
#include "vector/table.hpp"

namespace strata::onednn {
namespace {

// Our own product where oneDNN would turn A over, block by block, and once more for each slice.
bool own_gradient(const Matrix& a, const Matrix& b, const Matrix& c, const Epilogue& epilogue) {
  constexpr std::int64_t kLeast = 64;  // rows; below, packing B is not repaid
  return a.dtype == b.dtype && c.dtype == DType::f32 && epilogue.bias == nullptr && a.rows >= kLeast &&
         a.column_stride == 1 && b.column_stride == 1;
}
// With AVX512-BF16, but not with AMX, whose products are four times as fast.
bool own_halves(const Matrix& a) {
  return a.dtype == DType::bf16 && vectors().gradient_product != nullptr && !amx_products();
}
bool own_floats(const Matrix& a) { return a.dtype == DType::f32 && vectors().lanes >= 16; }

// body(first, last, worker) for parts of C's rows: whole chunks of the product's loop, or equal shares of whole tiles;
// an even number of them.
template <class Body>
void quantizable(std::int64_t count, const Body& body) {
  constexpr std::int64_t kTile = 14;
  const std::int64_t even = (count + 2 * kGradientRows - 1) / (2 * kGradientRows) * 2,
                     rows = ((count + even - 1) / even + kTile - 1) / kTile * kTile, parts = (count + rows - 1) / rows;
  parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part) {
      body(part * rows, std::min(count, (part + 1) * rows), worker_index());
    }
  });
}

void run_float_gradient(const Matrix& a, const Matrix& b, const Matrix& c, bool add, Workspace& workspace) {
  auto* packed = workspace.take<float>(panel_floats(b));
  pack_panels(b, packed);
  auto* scratch = workspace.take<float>(thread_count() * kFloatGradientScratch);
  quantizable(c.rows, [&](std::int64_t first, std::int64_t last, std::int64_t worker) {
    vectors().float_gradient({static_cast<const float*>(a.data), packed, static_cast<float*>(c.data),
                              scratch + worker * kFloatGradientScratch, first, last, c.columns, a.rows, a.row_stride,
                              c.row_stride, add});
  });
}

void run_half_gradient(const Matrix& a, const Matrix& b, const Matrix& c, bool add, Workspace& workspace) {
  // Stretches of equal depth.
  const std::int64_t stretches = (b.rows + kGradientDepth - 1) / kGradientDepth,
                     depth = (b.rows + 2 * stretches - 1) / (2 * stretches) * 2,
                     panels = (b.columns + kGradientColumns - 1) / kGradientColumns,
                     room = panels * gradient_panel(depth);
  auto* packed = workspace.take<std::uint32_t>(stretches * room);
  for (std::int64_t stretch = 0; stretch < stretches; ++stretch) {
    GradientPack shared{};
    shared.b = static_cast<const std::uint16_t*>(b.data) + stretch * depth * b.row_stride;
    shared.to = packed + stretch * room;
    shared.k = std::min(depth, b.rows - stretch * depth);
    shared.n = b.columns, shared.b_row = b.row_stride, shared.depth = depth;
    parallel_for(0, (shared.k + 1) / 2, 1 + 8192 / b.columns, [&](std::int64_t first, std::int64_t last) {
      GradientPack part = shared;
      part.first = first, part.last = last;
      vectors().gradient_pack(part);
    });
  }
  auto* scratch = workspace.take<std::uint32_t>(thread_count() * kGradientScratch);
  quantizable(c.rows, [&](std::int64_t first, std::int64_t last, std::int64_t worker) {
    GradientProduct own{};
    own.a = a.data, own.b = packed, own.c = static_cast<float*>(c.data);
    own.scratch = scratch + worker * kGradientScratch;
    own.first = first, own.last = last;
    own.n = c.columns, own.k = a.rows, own.depth = depth;
    own.a_row = a.row_stride, own.c_row = c.row_stride, own.add = add;
    vectors().gradient_product(own);
  });
}

}  // namespace

void multiply_over_rows(const Matrix& a, const Matrix& b, const Matrix& c, const Epilogue& epilogue,
                        Workspace& workspace) {
  if (c.rows == 0 || c.columns == 0) return;
  if (own_gradient(a, b, c, epilogue)) {
    if (own_halves(a)) return run_half_gradient(a, b, c, epilogue.accumulate, workspace);
    if (own_floats(a)) return run_float_gradient(a, b, c, epilogue.accumulate, workspace);
  }
  multiply(a.transposed(), b, c, epilogue, workspace);
}

}  // namespace strata::onednn
