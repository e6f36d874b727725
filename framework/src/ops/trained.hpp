// What is trained, in one number, which recorded steps have in their keys. Private to libstrata.
#pragma once

#include <cstdint>

#include "strata/core/export.hpp"

namespace strata::detail {

// Changes with every parameter of this process that is frozen or made trainable again, and is what it was when all of
// them are as they were. 0: nothing is frozen.
STRATA_API std::uint64_t trained_key();
// Says that a parameter, which is known by its address, was frozen or made trainable again.
void flip_trained(const void* parameter);

}  // namespace strata::detail
