// Copies of f32 matrices in which each number stands as two of TF32, in three planes: a product of such copies is one
// of TF32 that has f32's accuracy (split.hpp).
#pragma once

#include <cstdint>

#include "strata/device/kernel.hpp"

namespace strata::cuda {

// A matrix as it lies in memory: dense lines, `stride` elements apart.
struct Lines {
  const float* data;
  std::int64_t count, length, stride;
};

// The planes are low, high, high of a left factor and high, low, high of a right one: so that plane by plane small
// products come first, and the largest last.
enum class Side : std::int32_t { left, right };

constexpr std::int64_t kSplitPlanes = 3;

// Lines and their lengths are padded to a multiple of 16 bytes, as the library wants the distances of lines.
inline std::int64_t padded(std::int64_t extent) { return (extent + 3) / 4 * 4; }

// How the planes lie: each line has its own, [count, 3, padded(length)]; or stacked, [3, padded(count),
// padded(length)]. The padding that a product meets is 0: behind the end of a line, and behind the last of stacked
// lines.
struct SplitForm {
  Side side;
  bool stacked;

  std::int64_t size(const Lines& from) const {  // floats
    return kSplitPlanes * (stacked ? padded(from.count) : from.count) * padded(from.length);
  }
};

struct SplitCopy {
  Lines from;
  SplitForm form;
  float* to;  // aligned to 16 bytes
};
// Fills them all in as few launches as their number allows.
void split_together(const SplitCopy* copies, std::int32_t count, void* stream);

}  // namespace strata::cuda
