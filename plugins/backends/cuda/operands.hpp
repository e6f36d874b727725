// Tensors as operands of a product: as they are where the library takes them, else as dense copies; weights rounded
// to the data's type, copies that are kept with them.
#pragma once

#include "products.hpp"

namespace strata::cuda {

// What a row's call gives its products.
struct At {
  Workspace& workspace;
  void* stream;
};

// The last two axes, one matrix.
Matrix last_two(const View& view);

// The view itself where it is dense and of that dtype, else a dense copy.
View densified(const View& view, DType dtype, const At& at);

// The leading axes collapsed: [..., columns] -> [rows, columns], of a copy where they do not collapse or the library
// would not take it.
Matrix rows_of(const View& view, const At& at);

// A weight [O, I] in `dtype`. A constant one of another dtype is rounded once for each of its versions, and the copy
// kept with its storage.
Matrix weight_of(const View& weight, DType dtype, const At& at);
// [O], dense and aligned, likewise.
const void* bias_of(const View& bias, DType dtype, const At& at);

// Whether the library can have y [..., O] = x [..., I] weight^T.
bool linear_fits(const View& x, const View& weight, const View& y);
// A dense [..., O] as [R, O].
Matrix dense_rows_of(const View& view);
// Adds into, or writes, a dense gradient.
void multiply_into(Product one, const View& gradient, bool accumulate, const At& at);

}  // namespace strata::cuda
