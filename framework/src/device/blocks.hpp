// Blocks: how parallel_for splits a range, by the range and the grain alone.
#pragma once

#include <algorithm>
#include <cstdint>

namespace strata {

constexpr std::int64_t kMostBlocks = 32;

struct Blocks {
  Blocks() = default;
  Blocks(std::int64_t from, std::int64_t to, std::int64_t grain)
      : begin(from),
        size(to - from),
        count(std::clamp<std::int64_t>(size / std::max<std::int64_t>(grain, 1), 1, kMostBlocks)) {}

  std::int64_t first(std::int64_t block) const { return begin + size * block / count; }

  std::int64_t begin = 0, size = 0, count = 1;
};

}  // namespace strata
