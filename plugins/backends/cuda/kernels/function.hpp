// The activation at the end of linear and linear_int8.
#pragma once

#include <cstdint>

namespace strata::cuda {

// As the attribute "activation" numbers them.
enum class Function : std::int32_t { none, relu, tanh, sigmoid, gelu };

}  // namespace strata::cuda
