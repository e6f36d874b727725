// Products in f32 by panels of kPanelColumns outputs: of few rows of x, and a weight's gradient C [m,n] (+)= A^T B. A
// stretch of a panel stays in the second cache while all rows pass; a tile of sums stays in registers.
#include "simd.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {
namespace {

// Sums in registers, beside kVectors vectors of the weight and one of x.
constexpr int kRows = kWidth >= 16 ? 14 : 6, kVectors = 2;
constexpr std::int64_t kDepth = 256;                 // of a stretch along K
constexpr std::int64_t kAhead = 24 * kPanelColumns;  // what is asked for of a panel while it is read for the first time
static_assert(kPanelColumns % (kVectors * kWidth) == 0 && kRows <= kPanelRows);
static_assert((kGradientRows + kRows - 1) / kRows * kDepth * kPanelRows <= kFloatGradientScratch);

struct Tile {
  const float *x, *weight, *bias;
  float* y;
  std::int64_t y_row, depth, columns;
  bool add;
};

// GCC keeps sums in registers only where every loop over them is unrolled.
#if defined(__clang__)
#define STRATA_UNROLLED
#else
#define STRATA_UNROLLED _Pragma("GCC unroll 16")
#endif

template <int kCount>
void tile(const Tile& t) {
  Floats sums[kCount][kVectors];
  STRATA_UNROLLED
  for (int r = 0; r < kCount; ++r) sums[r][0] = sums[r][1] = Floats{};
  const float *x = t.x, *weight = t.weight;
  for (std::int64_t k = t.depth; k > 0; --k, weight += kPanelColumns, x += kPanelRows) {
    const Floats w0 = load(weight), w1 = load(weight + kWidth);
    for (int i = 0; i < kVectors * kWidth; i += 16) __builtin_prefetch(weight + kAhead + i);
    STRATA_UNROLLED
    for (int r = 0; r < kCount; ++r) {
      const Floats one = broadcast(x[r]);
      sums[r][0] += one * w0;
      sums[r][1] += one * w1;
    }
  }
  STRATA_UNROLLED
  for (int v = 0; v < kVectors; ++v) {
    const std::int64_t left = t.columns - v * kWidth, n = left < kWidth ? left : kWidth;
    if (n <= 0) break;
    const Floats bias = t.bias != nullptr ? get(t.bias + v * kWidth, n) : Floats{};
    float* y = t.y + v * kWidth;
    STRATA_UNROLLED
    for (int r = 0; r < kCount; ++r, y += t.y_row) {
      put(y, t.add ? sums[r][v] + bias + get(y, n) : sums[r][v] + bias, n);
    }
  }
}

// Rows of a stretch of a panel: blocks of at_once rows of x, `x_block` floats apart.
struct Stretch {
  const float *x, *weight, *bias;
  float* y;
  std::int64_t rows, at_once, x_block, y_row, depth, columns;
  bool add;
};

void stretch(const Stretch& s) {
  for (std::int64_t column = 0; column < kPanelColumns && column < s.columns; column += kVectors * kWidth) {
    Tile t{s.x,
           s.weight + column,
           s.bias != nullptr ? s.bias + column : nullptr,
           s.y + column,
           s.y_row,
           s.depth,
           s.columns - column,
           s.add};
    for (std::int64_t row = 0; row < s.rows; row += s.at_once) {
      const std::int64_t left = s.rows - row;
      with_count<kRows>(left < s.at_once ? left : s.at_once, [&](auto count) { tile<decltype(count)::value>(t); });
      t.x += s.x_block;
      t.y += s.at_once * s.y_row;
    }
  }
}

std::int64_t depth_at(std::int64_t k, std::int64_t whole) { return whole - k < kDepth ? whole - k : kDepth; }

void panel_product(const PanelProduct& call) {
  for (std::int64_t panel = call.first; panel < call.last; ++panel) {
    const std::int64_t output = panel * kPanelColumns;
    for (std::int64_t k = 0; k < call.width; k += kDepth) {
      stretch({call.x + k * kPanelRows, call.weight + (panel * call.width + k) * kPanelColumns,
               call.bias != nullptr && k == 0 ? call.bias + output : nullptr, call.y + output, call.rows, call.at_once,
               call.width * kPanelRows, call.y_row, depth_at(k, call.width), call.outputs - output, call.add || k > 0});
    }
  }
}

// Columns [first, first + rows) of A over `depth` of its rows, as blocks of kRows columns side by side.
void pack_columns(const FloatGradient& call, std::int64_t k, std::int64_t depth, std::int64_t first,
                  std::int64_t rows) {
  constexpr std::int64_t kTogether = 8;  // rows of A before the next columns: a stretch of a block is written at once
  for (std::int64_t begin = 0; begin < depth; begin += kTogether) {
    const std::int64_t end = begin + kTogether < depth ? begin + kTogether : depth;
    float* block = call.scratch;
    for (std::int64_t i = 0; i < rows; i += kRows, block += kDepth * kPanelRows) {
      const std::int64_t count = rows - i < kRows ? rows - i : kRows;
      for (std::int64_t p = begin; p < end; ++p) {
        const float* from = call.a + (k + p) * call.a_row + first + i;
        sweep(count, [&](std::int64_t at, std::int64_t n) { put(block + p * kPanelRows + at, get(from + at, n), n); });
      }
    }
  }
}

// Rows of C by the chunk whose part of A stays in the second cache while all panels of B pass.
void float_gradient(const FloatGradient& call) {
  for (std::int64_t first = call.first; first < call.last; first += kGradientRows) {
    const std::int64_t rows = call.last - first < kGradientRows ? call.last - first : kGradientRows;
    for (std::int64_t k = 0; k < call.k; k += kDepth) {
      const std::int64_t depth = depth_at(k, call.k);
      pack_columns(call, k, depth, first, rows);
      for (std::int64_t column = 0; column < call.n; column += kPanelColumns) {
        stretch({call.scratch, call.b + column * call.k + k * kPanelColumns, nullptr,
                 call.c + first * call.c_row + column, rows, kRows, kDepth * kPanelRows, call.c_row, depth,
                 call.n - column, call.add || k > 0});
      }
    }
  }
}

}  // namespace

void fill_panels(VectorTable& table) {
  table.panel_product = panel_product;
  table.panel_rows = kRows;
  table.float_gradient = float_gradient;
}

}  // namespace strata::onednn::STRATA_ISA
