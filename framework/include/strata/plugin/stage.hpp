// Moved: this path and its two names last for one release.
#pragma once

#include "strata/plugin/register_ops.hpp"

namespace strata {

// The former name of register_op().
[[deprecated("register_op")]] inline void stage_op(Registry& registry, const Op& op) { register_op(registry, op); }
// The former name of register_kernels().
[[deprecated("register_kernels")]] inline void stage_kernels(Registry& registry, std::span<const KernelRow> rows) {
  register_kernels(registry, rows);
}

}  // namespace strata
