// Shape: the extents of a tensor, at most kMaxRank. It needs no allocation.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "strata/core/export.hpp"
#include "strata/device/kernel.hpp"

namespace strata {

// A short list of integers: extents, strides or axes.
class STRATA_API Shape {
 public:
  Shape() = default;
  // Shape{2, 3} for example. Throws E_SHAPE for more than kMaxRank extents.
  Shape(std::initializer_list<std::int64_t> extents) : Shape(std::span(extents.begin(), extents.size())) {}
  // Throws E_SHAPE for more than kMaxRank extents.
  explicit Shape(std::span<const std::int64_t> extents);

  // The number of extents; the shape of a scalar is empty.
  int rank() const { return rank_; }
  bool empty() const { return rank_ == 0; }
  // The extent of an axis, which may be negative (-1 is the last). Throws E_SHAPE when the axis is out of range.
  std::int64_t operator[](int axis) const { return extents_[static_cast<std::size_t>(normalise(axis))]; }
  std::int64_t& operator[](int axis) { return extents_[static_cast<std::size_t>(normalise(axis))]; }
  // The last extent. Throws E_SHAPE when there is none.
  std::int64_t back() const { return (*this)[-1]; }
  // Adds an extent at the end. Throws E_SHAPE beyond kMaxRank.
  void push_back(std::int64_t extent);
  // Maps an axis in [-rank, rank) to [0, rank). Throws E_SHAPE for others.
  int normalise(int axis) const {
    if (axis < -rank_ || axis >= rank_) fail_axis(axis);
    return axis < 0 ? axis + rank_ : axis;
  }

  // The product of the extents; 1 for a scalar. Throws E_SHAPE when it overflows int64.
  std::int64_t numel() const;
  // The range of the extents, for loops.
  const std::int64_t* begin() const { return extents_.data(); }
  const std::int64_t* end() const { return extents_.data() + rank_; }
  // The extents in words: "[2,3]".
  std::string str() const;

  // True when rank and extents are equal.
  bool operator==(const Shape& other) const;

 private:
  [[noreturn]] void fail_axis(int axis) const;

  std::array<std::int64_t, kMaxRank> extents_{};
  int rank_ = 0;
};

// Returns the row-major strides of a dense tensor, in elements.
STRATA_API Shape dense_strides(const Shape& shape);

// Returns the shape to which a and b broadcast by NumPy's rule, aligned at the last axis. Throws E_SHAPE, with the name
// of the op and both shapes, when they do not.
STRATA_API Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);

}  // namespace strata
