// Floating elements whose type is known when compiled: a thread's loads are all under way at once, where `Elements`
// waits at the switch of each.
#pragma once

#include "kernels/element.hpp"

namespace strata::cuda {

struct Float16 {
  std::uint16_t bits;
};
struct BFloat16 {
  std::uint16_t bits;
};

STRATA_BOTH inline double widened(double x) { return x; }
STRATA_BOTH inline float widened(float x) { return x; }
STRATA_BOTH inline float widened(Float16 x) { return from_f16(x.bits); }
STRATA_BOTH inline float widened(BFloat16 x) { return from_bf16(x.bits); }
STRATA_BOTH inline void narrow(double x, double* to) { *to = x; }
STRATA_BOTH inline void narrow(float x, float* to) { *to = x; }
STRATA_BOTH inline void narrow(float x, Float16* to) { to->bits = to_f16(x); }
STRATA_BOTH inline void narrow(float x, BFloat16* to) { to->bits = to_bf16(x); }

// What elements of T are computed in.
template <class T>
using Compute = decltype(widened(T{}));

template <class T>
STRATA_BOTH T narrowed(Compute<T> x) {
  T to;
  narrow(x, &to);
  return to;
}

// Calls visit(T{}) with the type of the elements; `dtype` is floating.
template <class Visit>
void with_floating(DType dtype, const Visit& visit) {
  switch (dtype) {
    case DType::f64: return visit(double{});
    case DType::f16: return visit(Float16{});
    case DType::bf16: return visit(BFloat16{});
    default: return visit(float{});
  }
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
