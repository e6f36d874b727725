// Weights rounded to 16 bits: copies that are kept with the weights, made anew when these have changed.
#pragma once

#include "strata/device/kernel.hpp"

namespace strata::cuda {

// A dense copy of a constant weight in bf16 or f16, as the weight is now. Filled in the queue's order, so that who
// still reads the old one has done so. All copies of weights that one update changed are made anew together.
View rounded(const View& weight, DType dtype, void* stream);

// What a row of an update says of the parameters that it changes.
void changes_together(const View* parameters, std::int32_t count);

}  // namespace strata::cuda
