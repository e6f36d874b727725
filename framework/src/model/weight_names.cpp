// WeightNames: its defaults, and the permutations of rows that rules use.
#include "strata/model/weight_names.hpp"

#include <algorithm>
#include <numeric>

#include "strata/core/error.hpp"

namespace strata {

WeightNames::~WeightNames() = default;

Config WeightNames::feed(const Config& /*config_json*/) const { return {}; }

std::vector<std::int64_t> permuted_rows(const std::vector<std::int64_t>& extents,
                                        const std::vector<std::int64_t>& order) {
  std::vector<std::int64_t> sorted = order, expected(extents.size());
  std::sort(sorted.begin(), sorted.end());
  std::iota(expected.begin(), expected.end(), 0);
  if (sorted != expected) {
    throw Error("E_INTERNAL", "permuted_rows",
                "the order of " + std::to_string(order.size()) + " axes is no permutation of " +
                    std::to_string(extents.size()) + " axes");
  }
  std::vector<std::int64_t> strides(extents.size(), 1);
  for (std::size_t axis = extents.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * extents[axis];
  std::vector<std::int64_t> rows{0};
  for (const std::int64_t from : order) {  // each axis of the result makes the list longer by its extent
    const auto axis = static_cast<std::size_t>(from);
    std::vector<std::int64_t> longer;
    longer.reserve(rows.size() * static_cast<std::size_t>(extents[axis]));
    for (const std::int64_t row : rows) {
      for (std::int64_t i = 0; i < extents[axis]; ++i) longer.push_back(row + i * strides[axis]);
    }
    rows = std::move(longer);
  }
  return rows;
}

std::vector<std::int64_t> rotary_rows(std::int64_t heads, std::int64_t width, std::int64_t rotary) {
  if (rotary % 2 != 0 || rotary > width || rotary < 0) {
    throw Error("E_INTERNAL", "rotary_rows",
                std::to_string(rotary) + " rotated rows of a head of " + std::to_string(width) +
                    ": the number must be even and not larger");
  }
  std::vector<std::int64_t> rows;
  rows.reserve(static_cast<std::size_t>(heads * width));
  for (std::int64_t head = 0; head < heads; ++head) {
    for (std::int64_t row = 0; row < width; ++row) {
      const std::int64_t half = rotary / 2;
      const std::int64_t from = row >= rotary ? row : row < half ? 2 * row : 2 * (row - half) + 1;
      rows.push_back(head * width + from);
    }
  }
  return rows;
}

}  // namespace strata
