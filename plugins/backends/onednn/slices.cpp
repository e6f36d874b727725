// How products are cut. Measured in one thread on an Intel Xeon with AVX512-BF16 (README.md): slices of 60 rows and
// more cost nothing; of fewer rows in f32 each reads all of B for too little work, and slices of columns do not.
#include "slices.hpp"

#include <algorithm>
#include <bit>

#include "strata/tensor/dtype.hpp"

namespace strata::onednn {
namespace {

constexpr double kLeastFlops = 6e6;            // of a part: 30 us at 200 GFLOP/s, ten times what handing it out costs
constexpr std::int64_t kMostParts = 16;        // more would cut large products into slices of few rows
constexpr std::int64_t kFewRows = 128;         // up to here, f32 products are cut by columns
constexpr std::int64_t kPanelBytes = 1 << 19;  // of B for a slice of columns

std::int64_t pieces(std::int64_t whole, std::int64_t part) { return (whole + part - 1) / part; }

}  // namespace

std::int64_t parts_of(std::int64_t extent, double flops) {
  const auto by_work = static_cast<std::int64_t>(std::min(flops / kLeastFlops, 1024.0));
  const std::int64_t most = std::clamp<std::int64_t>(std::min(by_work, extent), 1, kMostParts);
  return static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(most)));
}

Slices slices_of(std::int64_t m, std::int64_t n, std::int64_t k, DType dtype, bool packed) {
  Slices out{m, n, 1, 1};
  const double flops = 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  if (packed && dtype == DType::f32 && m <= kFewRows) {
    // By n and k alone, so that batches of ever new sizes share one packed weight.
    const std::int64_t bytes = n * k * static_cast<std::int64_t>(sizeof(float));
    const std::int64_t most = std::clamp<std::int64_t>(bytes / kPanelBytes, 1, kMostParts);
    out.columns = std::min(n, pieces(pieces(n, most), 64) * 64);
    out.column_count = pieces(n, out.columns);
    return out;
  }
  const std::int64_t least_rows = !packed ? 128 : dtype == DType::f32 ? 64 : 32;
  out.row_count = parts_of(m / least_rows, flops);
  out.rows = pieces(m, out.row_count);
  out.row_count = pieces(m, out.rows);
  return out;
}

}  // namespace strata::onednn
