// Floating elements whose type is known when compiled: a thread's loads are all under way at once, where `Elements`
// waits at the switch of each.
#pragma once

#include "kernels/pack.hpp"

namespace strata::cuda {

template <class T>
STRATA_BOTH T narrowed(Compute<T> x) {
  T to;
  narrow(x, &to);
  return to;
}

// Element i in rows of `width`; 32-bit division is several times faster, and nearly always enough.
struct InRows {
  std::int64_t row, column;
};
STRATA_BOTH inline InRows in_rows(std::int64_t i, std::int64_t width) {
  if (((i | width) >> 32) == 0) {
    const auto small = static_cast<std::uint32_t>(i), by = static_cast<std::uint32_t>(width);
    return {small / by, small % by};
  }
  return {i / width, i % width};
}

// A matrix whose rows are dense.
template <class T>
struct Lines {
  T* data;
  std::int64_t stride;  // of two rows
  STRATA_BOTH T* operator[](std::int64_t row) const { return data + row * stride; }
  STRATA_BOTH explicit operator bool() const { return data != nullptr; }
};

// The view of a dense tensor.
inline View dense_view(void* data, DType dtype, const std::int64_t* shape, std::int32_t rank) {
  View view{};
  view.data = data, view.dtype = dtype, view.rank = rank;
  std::int64_t stride = 1;
  for (int axis = rank - 1; axis >= 0; --axis) {
    view.shape[axis] = shape[axis];
    view.strides[axis] = stride;
    stride *= shape[axis];
  }
  return view;
}
inline View dense_matrix(void* data, DType dtype, std::int64_t rows, std::int64_t columns) {
  const std::int64_t shape[] = {rows, columns};
  return dense_view(data, dtype, shape, 2);
}

}  // namespace strata::cuda
