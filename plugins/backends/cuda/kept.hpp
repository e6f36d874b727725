// Copies of constant weights in another form: kept with the weights, made anew when these have changed.
#pragma once

#include "strata/device/kernel.hpp"

namespace strata::cuda {

// Dense in 16 bits; or split as a right factor (kernels/split.hpp), of contiguous ones in f32 alone.
enum class CopyForm { bf16, f16, split, split_stacked };

// Whether what is made of a weight may be kept with it.
inline bool keeps_copies(const View& weight) { return weight.constant && weight.packed != nullptr; }

// The copy of a weight as it is now. Filled in the queue's order, so that who still reads the old one has done so. All
// copies of a form whose weights one update changed are made anew together.
View kept_copy(const View& weight, CopyForm form, void* stream);

// What a row of an update says of the parameters that it changes.
void changes_together(const View* parameters, std::int32_t count);

}  // namespace strata::cuda
