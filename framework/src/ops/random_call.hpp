// What every op that drops elements checks, and the step that its mask belongs to. Private to libstrata.
#pragma once

#include <memory>

#include "strata/ops/random.hpp"

namespace strata::detail {

// E_CONFIG_RANGE for a p outside [0, 1) or a call beyond 65535, E_SHAPE for too many elements; then the context's
// random_step (zero where there is none).
Tensor random_step_for(const char* op, double p, const RandomKey& key, const Shape& shape,
                       const std::shared_ptr<Device>& device);

}  // namespace strata::detail
