// Shape: the extents of a tensor, at most kMaxRank of them, without an allocation.
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
  // {2, 3}. Throws E_SHAPE for more than kMaxRank extents.
  Shape(std::initializer_list<std::int64_t> extents) : Shape(std::span(extents.begin(), extents.size())) {}
  // Throws E_SHAPE for more than kMaxRank extents.
  explicit Shape(std::span<const std::int64_t> extents);

  // How many there are; none is a scalar's shape.
  int rank() const { return rank_; }
  bool empty() const { return rank_ == 0; }
  // axis may be negative (-1 is the last); throws E_SHAPE out of range.
  std::int64_t operator[](int axis) const { return extents_[static_cast<std::size_t>(normalise(axis))]; }
  std::int64_t& operator[](int axis) { return extents_[static_cast<std::size_t>(normalise(axis))]; }
  // The last. Throws E_SHAPE when there is none.
  std::int64_t back() const { return (*this)[-1]; }
  // Throws E_SHAPE beyond kMaxRank.
  void push_back(std::int64_t extent);
  // axis in [-rank, rank) as [0, rank); throws E_SHAPE otherwise.
  int normalise(int axis) const {
    if (axis < -rank_ || axis >= rank_) fail_axis(axis);
    return axis < 0 ? axis + rank_ : axis;
  }

  // Product of the extents; 1 for a scalar. Throws E_SHAPE when it overflows int64.
  std::int64_t numel() const;
  // From the first extent to behind the last.
  const std::int64_t* begin() const { return extents_.data(); }
  const std::int64_t* end() const { return extents_.data() + rank_; }
  // "[2,3]"
  std::string str() const;

  // Same rank and extents.
  bool operator==(const Shape& other) const;

 private:
  [[noreturn]] void fail_axis(int axis) const;

  std::array<std::int64_t, kMaxRank> extents_{};
  int rank_ = 0;
};

// Row-major strides of a dense tensor.
STRATA_API Shape dense_strides(const Shape& shape);

// The shape that both broadcast to (NumPy's rule, aligned at the last axis). Throws E_SHAPE naming both.
STRATA_API Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);

}  // namespace strata
