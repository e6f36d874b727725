// Norm and Positional: the defaults.
#include "strata/nn/roles.hpp"

namespace strata {

Tensor Positional::add(const Tensor& x, const Tensor&) const { return x; }
Tensor Positional::rotate(const Tensor& x, const Tensor&) const { return x; }
Tensor Positional::bias(const Tensor&, const Tensor&) const { return {}; }

}  // namespace strata
