// One element written many times.
#pragma once

#include <cstddef>

namespace strata::cuda {

// element: of 1, 2, 4 or 8 bytes, read at once; `to` is aligned to it.
void fill(void* to, const void* element, std::size_t bytes, std::size_t count, void* stream);

}  // namespace strata::cuda
