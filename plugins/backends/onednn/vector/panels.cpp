// Products of few rows in f32: y [rows,O] = x [rows,K] by a weight in panels of kPanelColumns outputs. A stretch of a
// panel stays in the second cache while all rows pass; a tile of sums stays in registers.
#include "simd.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {
namespace {

// Sums in registers, beside kVectors vectors of the weight and one of x.
constexpr int kRows = kWidth >= 16 ? 14 : 6, kVectors = 2;
constexpr std::int64_t kDepth = 512;  // of a stretch along K
static_assert(kPanelColumns % (kVectors * kWidth) == 0);

struct Tile {
  const float *x, *weight, *bias;
  float* y;
  std::int64_t depth, columns;
  bool add;
};

template <int kCount>
void tile(const PanelProduct& call, const Tile& t) {
  Floats sums[kCount][kVectors] = {};
  const float *x = t.x, *weight = t.weight;
  for (std::int64_t k = 0; k < t.depth; ++k, weight += kPanelColumns) {
    const Floats w0 = load(weight), w1 = load(weight + kWidth);
    for (int r = 0; r < kCount; ++r) {
      const Floats one = broadcast(x[r * call.x_row + k]);
      sums[r][0] += one * w0;
      sums[r][1] += one * w1;
    }
  }
  // Through memory, so that the loops below, which are not unrolled, do not keep the sums there from the start.
  Floats whole[kCount][kVectors];
  for (int r = 0; r < kCount; ++r) whole[r][0] = sums[r][0], whole[r][1] = sums[r][1];
  for (int v = 0; v < kVectors; ++v) {
    const std::int64_t left = t.columns - v * kWidth, n = left < kWidth ? left : kWidth;
    if (n <= 0) break;
    const Floats bias = t.bias != nullptr ? get(t.bias + v * kWidth, n) : Floats{};
    for (int r = 0; r < kCount; ++r) {
      float* y = t.y + r * call.y_row + v * kWidth;
      put(y, t.add ? whole[r][v] + bias + get(y, n) : whole[r][v] + bias, n);
    }
  }
}

// Rows [0, rows) of one stretch of a panel, kVectors * kWidth columns at a time.
void stretch(const PanelProduct& call, std::int64_t panel, std::int64_t k) {
  const std::int64_t blocks = (call.rows + kRows - 1) / kRows, at_once = (call.rows + blocks - 1) / blocks;
  for (std::int64_t column = 0; column < kPanelColumns; column += kVectors * kWidth) {
    const std::int64_t output = panel * kPanelColumns + column;
    if (output >= call.outputs) return;
    Tile t{};
    t.weight = call.weight + (panel * call.width + k) * kPanelColumns + column;
    t.bias = call.bias != nullptr && k == 0 ? call.bias + output : nullptr;
    t.depth = call.width - k < kDepth ? call.width - k : kDepth;
    t.columns = call.outputs - output;
    t.add = call.add || k > 0;
    for (std::int64_t row = 0; row < call.rows; row += at_once) {
      t.x = call.x + row * call.x_row + k;
      t.y = call.y + row * call.y_row + output;
      with_count<kRows>(call.rows - row < at_once ? call.rows - row : at_once,
                        [&](auto count) { tile<decltype(count)::value>(call, t); });
    }
  }
}

void panel_product(const PanelProduct& call) {
  for (std::int64_t panel = call.first; panel < call.last; ++panel) {
    for (std::int64_t k = 0; k < call.width; k += kDepth) stretch(call, panel, k);
  }
}

}  // namespace

void fill_panels(VectorTable& table) { table.panel_product = panel_product; }

}  // namespace strata::onednn::STRATA_ISA
