// Shape: extents, strides and the broadcasting rule.
#include "strata/tensor/shape.hpp"

#include <algorithm>
#include <string>

#include "strata/core/error.hpp"

namespace strata {

Shape::Shape(std::span<const std::int64_t> extents) {
  for (const std::int64_t extent : extents) push_back(extent);
}

void Shape::push_back(std::int64_t extent) {
  if (rank_ == kMaxRank) {
    throw Error("E_SHAPE", "", "a tensor of more than " + std::to_string(kMaxRank) + " axes", "after " + str());
  }
  extents_[static_cast<std::size_t>(rank_++)] = extent;
}

std::int64_t Shape::numel() const {
  std::int64_t count = 1;
  for (const std::int64_t extent : *this) {
    if (__builtin_mul_overflow(count, extent, &count)) throw Error("E_SHAPE", "", str() + " has too many elements");
  }
  return count;
}

std::string Shape::str() const {
  std::string text = "[";
  for (const std::int64_t extent : *this) {
    if (text.size() > 1) text += ',';
    text += std::to_string(extent);
  }
  return text + "]";
}

bool Shape::operator==(const Shape& other) const { return std::equal(begin(), end(), other.begin(), other.end()); }

void Shape::fail_axis(int axis) const {
  throw Error("E_SHAPE", "",
              "axis " + std::to_string(axis) + " of a tensor " + str() + " of rank " + std::to_string(rank_));
}

Shape dense_strides(const Shape& shape) {
  Shape strides = shape;
  std::int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[i] = step;
    step *= std::max<std::int64_t>(shape[i], 1);
  }
  return strides;
}

Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b) {
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  Shape out = longer;
  for (int i = 1; i <= shorter.rank(); ++i) {
    const std::int64_t x = longer[-i], y = shorter[-i];
    if (x != y && x != 1 && y != 1) {
      throw Error("E_SHAPE", "[" + std::string(op) + "]", a.str() + " and " + b.str() + " do not broadcast",
                  "from the right, extents must be equal or 1");
    }
    out[-i] = x == 1 ? y : x;
  }
  return out;
}

}  // namespace strata
