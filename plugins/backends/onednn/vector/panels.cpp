// Products of few rows in f32: y [rows,O] = x [rows,K] by a weight in panels of kPanelColumns outputs. A stretch of a
// panel stays in the second cache while all rows pass; a tile of sums stays in registers.
#include "simd.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {
namespace {

// Sums in registers, beside kVectors vectors of the weight and one of x.
constexpr int kRows = kWidth >= 16 ? 14 : 6, kVectors = 2;
constexpr std::int64_t kDepth = 256;  // of a stretch along K
static_assert(kPanelColumns % (kVectors * kWidth) == 0 && kRows <= kPanelRows);

struct Tile {
  const float *x, *weight, *bias;
  float* y;
  std::int64_t depth, columns;
  bool add;
};

// GCC keeps sums in registers only where every loop over them is unrolled.
#if defined(__clang__)
#define STRATA_UNROLLED
#else
#define STRATA_UNROLLED _Pragma("GCC unroll 16")
#endif

template <int kCount>
void tile(const PanelProduct& call, const Tile& t) {
  Floats sums[kCount][kVectors];
  STRATA_UNROLLED
  for (int r = 0; r < kCount; ++r) sums[r][0] = sums[r][1] = Floats{};
  const float *x = t.x, *weight = t.weight;
  for (std::int64_t k = t.depth; k > 0; --k, weight += kPanelColumns, x += kPanelRows) {
    const Floats w0 = load(weight), w1 = load(weight + kWidth);
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
    for (int r = 0; r < kCount; ++r, y += call.y_row) {
      put(y, t.add ? sums[r][v] + bias + get(y, n) : sums[r][v] + bias, n);
    }
  }
}

// Rows [0, rows) of one stretch of a panel, kVectors * kWidth columns at a time.
void stretch(const PanelProduct& call, std::int64_t panel, std::int64_t k) {
  for (std::int64_t column = 0; column < kPanelColumns; column += kVectors * kWidth) {
    const std::int64_t output = panel * kPanelColumns + column;
    if (output >= call.outputs) return;
    Tile t{};
    t.weight = call.weight + (panel * call.width + k) * kPanelColumns + column;
    t.bias = call.bias != nullptr && k == 0 ? call.bias + output : nullptr;
    t.depth = call.width - k < kDepth ? call.width - k : kDepth;
    t.columns = call.outputs - output;
    t.add = call.add || k > 0;
    t.x = call.x + k * kPanelRows;
    t.y = call.y + output;
    for (std::int64_t row = 0; row < call.rows; row += call.at_once) {
      const std::int64_t left = call.rows - row;
      with_count<kRows>(left < call.at_once ? left : call.at_once,
                        [&](auto count) { tile<decltype(count)::value>(call, t); });
      t.x += call.width * kPanelRows;
      t.y += call.at_once * call.y_row;
    }
  }
}

void panel_product(const PanelProduct& call) {
  for (std::int64_t panel = call.first; panel < call.last; ++panel) {
    for (std::int64_t k = 0; k < call.width; k += kDepth) stretch(call, panel, k);
  }
}

}  // namespace

void fill_panels(VectorTable& table) {
  table.panel_product = panel_product;
  table.panel_rows = kRows;
}

}  // namespace strata::onednn::STRATA_ISA
