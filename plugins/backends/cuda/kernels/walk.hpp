// Element i (row-major) of one shape in N operands that are strided, broadcast or dense.
#pragma once

#include "kernels/element.hpp"

namespace strata::cuda {

// i % extent; i becomes i / extent. Half as wide a division where it will do, which costs a fraction.
STRATA_BOTH inline std::int64_t split(std::int64_t* i, std::int64_t extent) {
  const std::int64_t whole = *i;
  if (((whole | extent) >> 32) == 0) {
    const auto low = static_cast<std::uint32_t>(whole), by = static_cast<std::uint32_t>(extent);
    *i = low / by;
    return low % by;
  }
  *i = whole / extent;
  return whole % extent;
}

// Where element i of a strided list of axes lies.
struct Axes {
  std::int32_t count = 0;
  std::int64_t extent[kMaxRank] = {}, stride[kMaxRank] = {};
  std::int64_t size = 1;  // product of the extents

  // Axes that are dense in each other are merged, those of one element left out.
  void add(std::int64_t extent_of, std::int64_t stride_of) {
    size *= extent_of;
    if (extent_of == 1) return;
    const bool merges = count > 0 && stride[count - 1] == stride_of * extent_of;
    const std::int32_t to = merges ? count - 1 : count++;
    extent[to] = merges ? extent[to] * extent_of : extent_of;
    stride[to] = stride_of;
  }
  STRATA_BOTH std::int64_t at(std::int64_t i) const {
    std::int64_t offset = 0;
    for (int axis = count - 1; axis > 0; --axis) offset += split(&i, extent[axis]) * stride[axis];
    return offset + i * stride[0];
  }
};

// The axes [first, last) of a view.
inline Axes axes_of(const View& view, int first, int last) {
  Axes axes;
  for (int i = first; i < last; ++i) axes.add(view.shape[i], view.strides[i]);
  return axes;
}
inline Axes axes_of(const View& view) { return axes_of(view, 0, view.rank); }

template <int N>
struct StridedLoop {
  std::int32_t rank = 0;
  std::int64_t shape[kMaxRank] = {};
  std::int64_t strides[N][kMaxRank] = {};
  std::int64_t count = 1;

  // Axes that are dense for every operand are merged: a contiguous tensor has one. Operands are aligned at the last
  // axis of `over`; missing axes and extents of 1 are broadcast.
  StridedLoop(const View& over, const View* const (&operands)[N]) {
    for (int axis = 0; axis < over.rank; ++axis) {
      const std::int64_t extent = over.shape[axis];
      count *= extent;
      if (extent == 1) continue;
      std::int64_t own[N];
      bool merges = rank > 0;
      for (int k = 0; k < N; ++k) {
        const int from = axis - (over.rank - operands[k]->rank);
        own[k] = from >= 0 && operands[k]->shape[from] == extent ? operands[k]->strides[from] : 0;
        merges = merges && strides[k][rank - 1] == own[k] * extent;
      }
      const int to = merges ? rank - 1 : rank++;
      shape[to] = merges ? shape[to] * extent : extent;
      for (int k = 0; k < N; ++k) strides[k][to] = own[k];
    }
  }

  STRATA_BOTH void at(std::int64_t i, std::int64_t (&offsets)[N]) const {
    for (int k = 0; k < N; ++k) offsets[k] = 0;
    for (int axis = rank - 1; axis > 0; --axis) {
      const std::int64_t index = split(&i, shape[axis]);
      for (int k = 0; k < N; ++k) offsets[k] += index * strides[k][axis];
    }
    for (int k = 0; k < N; ++k) offsets[k] += i * strides[k][0];
  }
};

}  // namespace strata::cuda
