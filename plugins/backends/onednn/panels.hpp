// Products of few rows in f32 by a weight of our own layout: oneDNN's are fast only where all of C is one product's,
// and slices of rows would each read the whole weight for little work.
#pragma once

#include "matrix.hpp"
#include "strata/device/kernel.hpp"
#include "vector/table.hpp"

namespace strata::onednn {

// B [k,n] in f32, one of its strides 1, as panels of kPanelColumns columns.
std::int64_t panel_floats(const Matrix& b);
void pack_panels(const Matrix& b, float* to);

// A weight ready for y [rows,n] (+)= x [rows,k] W + bias.
class Panels {
 public:
  // Whether products of that many rows are made so: a function of the shape and the CPU.
  static bool fit(const Matrix& x, const Matrix& weight, const Matrix& y);

  // For products of `rows` rows. Keeps the panels with the weight's storage until that changes.
  Panels(const View& weight, const Matrix& b, std::int64_t rows, Workspace& workspace);

  void multiply(const Matrix& x, const float* bias, bool accumulate, const Matrix& y) const;

 private:
  void pack_rows(const Matrix& x) const;

  const float* panels_;
  float* x_;  // rows side by side, in blocks
  std::int64_t rows_, at_once_, width_, outputs_;
};

}  // namespace strata::onednn
