// What the reference kernels share: tensors as dense float64 arrays. They are the oracle of the tests, written to be
// read: naive loops, every sum in float64, one rounding when the result is stored. Private to libstrata.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ops/families.hpp"

namespace strata::detail::reference {

using Extents = std::vector<std::int64_t>;

// Row-major values with their extents; at(i, j, ...) takes one index an axis.
struct Array {
  Extents shape;
  std::vector<double> values;

  Array() = default;
  explicit Array(Extents extents, double fill = 0);

  bool given() const { return !absent; }
  int rank() const { return static_cast<int>(shape.size()); }
  std::int64_t size(int axis) const { return shape[static_cast<std::size_t>(axis < 0 ? axis + rank() : axis)]; }
  std::int64_t numel() const { return static_cast<std::int64_t>(values.size()); }
  // Rows of the last axis.
  std::int64_t rows() const { return size(-1) == 0 ? 0 : numel() / size(-1); }

  template <class... Index>
  double& at(Index... index) {
    const std::int64_t list[] = {static_cast<std::int64_t>(index)...};
    return values[offset(list)];
  }
  template <class... Index>
  double at(Index... index) const {
    const std::int64_t list[] = {static_cast<std::int64_t>(index)...};
    return values[offset(list)];
  }
  double& flat(std::int64_t i) { return values[static_cast<std::size_t>(i)]; }
  double flat(std::int64_t i) const { return values[static_cast<std::size_t>(i)]; }

  bool absent = false;  // an optional input that was not given

 private:
  std::size_t offset(std::span<const std::int64_t> index) const;
};

// Any strides and any dtype; an absent view gives an Array that is not given().
Array load(const View& view);
// Input i of a call; not given when the call has fewer.
Array input(const KernelCall& call, std::int32_t i);
// An output of the extents of `view`, to be filled and stored.
Array like(const View& view);
// Rounds to the view's dtype; bool takes value != 0.
void store(const View& view, const Array& array);

// The next index in row-major order; false after the last. An empty index has one position.
bool next_index(Extents& index, const Extents& shape);
// The value at `index` of a shape that `array` broadcasts to.
double broadcast_at(const Array& array, const Extents& index);

inline KernelRow reference_row(const char* op, void (*forward)(const KernelCall&)) {
  KernelRow row = plain_row(op, forward);
  row.provider = "reference";
  row.priority = -1;
  return row;
}

void add_elementwise(KernelRows& rows);
void add_matmul(KernelRows& rows);
void add_reduce(KernelRows& rows);
void add_shape(KernelRows& rows);
void add_index(KernelRows& rows);
void add_random(KernelRows& rows);
void add_rows(KernelRows& rows);
void add_recurrent(KernelRows& rows);
void add_attention(KernelRows& rows);
void add_update(KernelRows& rows);

double sigmoid(double x);

}  // namespace strata::detail::reference
