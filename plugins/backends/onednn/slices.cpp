// How products are cut. Measured in one thread on an Intel Xeon with AVX512-BF16 (README.md): slices of 60 rows and
// more cost nothing; of fewer rows in f32 each reads all of B for too little work.
#include "slices.hpp"

#include <algorithm>
#include <bit>

namespace strata::onednn {
namespace {

constexpr double kLeastFlops = 6e6;  // of a part: 30 us at 200 GFLOP/s, ten times what handing it out costs
constexpr std::int64_t kMostParts = 32;

}  // namespace

std::int64_t parts_of(std::int64_t extent, double flops) {
  const auto by_work = static_cast<std::int64_t>(std::min(flops / kLeastFlops, 1024.0));
  const std::int64_t most = std::clamp<std::int64_t>(std::min(by_work, extent), 1, kMostParts);
  return static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(most)));
}

Slices slices_of(std::int64_t m, std::int64_t n, std::int64_t k, DType dtype, bool packed) {
  // Each slice reads all of B, and copies it where it is not packed. Products of few rows in bf16 and i8 are made so,
  // too.
  constexpr std::int64_t kFewRows = 256, kManyRows = 768;
  std::int64_t least_rows = m < kManyRows ? 96 : 192;
  if (packed && dtype != DType::f32 && m <= kFewRows) least_rows = 32;
  const double flops = 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  const std::int64_t parts = parts_of(m / least_rows, flops), rows = (m + parts - 1) / parts;
  return {rows, (m + rows - 1) / rows};
}

}  // namespace strata::onednn
