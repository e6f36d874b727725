// Norm and Positional: the defaults.
#include "strata/nn/roles.hpp"

#include "strata/ops/elementwise.hpp"

namespace strata {

Tensor Positional::add(const Tensor& x, const Tensor&, double scale) const { return scale == 1 ? x : x * scale; }
Tensor Positional::rotate(const Tensor& x, const Tensor&) const { return x; }
Tensor Positional::bias(const Tensor&, const Tensor&) const { return {}; }

}  // namespace strata
