// Matrix: two axes of any strides.
#pragma once

#include <cstdint>

#include "strata/device/dtype.hpp"

namespace strata::onednn {

struct Matrix {
  void* data;
  DType dtype;
  std::int64_t rows, columns;
  std::int64_t row_stride, column_stride;

  Matrix transposed() const { return {data, dtype, columns, rows, column_stride, row_stride}; }
};

inline Matrix dense(void* data, DType dtype, std::int64_t rows, std::int64_t columns) {
  return {data, dtype, rows, columns, columns, 1};
}

}  // namespace strata::onednn
