// Copies of f32 matrices in which each number stands as two of TF32, in two planes: of such copies products of TF32 are
// made that have f32's accuracy (split.hpp).
#pragma once

#include <cstdint>

#include "strata/device/kernel.hpp"

namespace strata::cuda {

// A matrix as it lies in memory: dense lines, `stride` elements apart.
struct Lines {
  const float* data;
  std::int64_t count, length, stride;
};

// The planes are low, high of a left factor and high, low of a right one: plane by plane they are the cross terms.
enum class Side : std::int32_t { left, right };

// Lines and their lengths are padded to a multiple of 16 bytes, as the library wants the distances of lines.
inline std::int64_t padded(std::int64_t extent) { return (extent + 3) / 4 * 4; }

// How the planes lie: each line has its own, [count, 2, padded(length)]; or stacked, [2, padded(count),
// padded(length)]. The padding that a product meets is 0: behind the end of a line, and behind the last of stacked
// lines.
struct SplitForm {
  Side side;
  bool stacked;

  // In floats: between lines, between planes, of all.
  std::int64_t line(const Lines& from) const { return (stacked ? 1 : 2) * padded(from.length); }
  std::int64_t plane(const Lines& from) const { return (stacked ? padded(from.count) : 1) * padded(from.length); }
  std::int64_t size(const Lines& from) const {  // floats
    return 2 * (stacked ? padded(from.count) : from.count) * padded(from.length);
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
