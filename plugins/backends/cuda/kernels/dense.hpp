// Views of dense memory.
#pragma once

#include "strata/device/kernel.hpp"

namespace strata::cuda {

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

// Memory of this call with the view's shape, not written yet.
inline View dense_like(const View& view, DType dtype, Workspace* workspace) {
  const std::int64_t bytes = view.numel() * static_cast<std::int64_t>(size_of(dtype));
  return dense_view(workspace->take<unsigned char>(bytes), dtype, view.shape, view.rank);
}

}  // namespace strata::cuda
