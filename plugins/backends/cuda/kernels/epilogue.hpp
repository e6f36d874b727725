// What stands around the products of linear: activation, its gradient, sums over rows, dense copies.
#pragma once

#include "kernels/function.hpp"
#include "strata/device/kernel.hpp"

namespace strata::cuda {

// y = function(z), both dense, of one dtype; y may be z.
void activate(Function function, const View& z, const View& y, void* stream);

// The gradient that comes back through a linear with an activation: dz = dy function'(z), and the bias's, db = the sum
// of dz over all rows. All matrices dense [rows, columns] of one dtype.
struct Returning {
  Function function;
  const void* saved;  // y, of which relu, tanh and sigmoid have their derivative; z for gelu; null for none
  const void* dy;
  void* dz;  // null: only the sums are wanted
  DType dtype;
  std::int64_t rows, columns;
};
// `bias` absent: no sums. Else a dense [columns] of any floating dtype, added to what is there where `accumulate` says
// so. Sums in f32, f64 for f64, in an order that depends on the shape alone.
void return_through(const Returning& what, const View& bias, bool accumulate, Workspace& workspace, void* stream);

// `from`, broadcast to the shape of `to` and converted to its dtype; added to what is there where `adds` says so.
void copy_converted(const View& from, const View& to, bool adds, void* stream);

}  // namespace strata::cuda
