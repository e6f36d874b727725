// How parallel_for splits a range: by the range, the grain and the thread count alone.
#pragma once

#include <algorithm>
#include <cstdint>

namespace strata {

struct Blocks {
  Blocks(std::int64_t from, std::int64_t to, std::int64_t grain, int threads)
      : begin(from),
        size(to - from),
        count(std::clamp<std::int64_t>(size / std::max<std::int64_t>(grain, 1), 1, threads)) {}

  std::int64_t first(std::int64_t block) const { return begin + size * block / count; }

  std::int64_t begin, size, count;
};

}  // namespace strata
