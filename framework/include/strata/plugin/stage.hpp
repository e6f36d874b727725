// What a plugin adds to the tables of ops and kernels, as part of its registration: all of it or nothing.
#pragma once

#include <span>

#include "strata/core/export.hpp"
#include "strata/device/kernel.hpp"
#include "strata/ops/op.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {

// Key "ops/NAME". E_PLUGIN_DUPLICATE when libstrata or another plugin has an op of this name, E_PLUGIN_REGISTER for one
// that can never run: without `infer`, or without a name. apply() takes the plugin's own row as well as find_op's.
STRATA_API void stage_op(Registry& registry, const Op& op);

// Key "kernels/DEVICE/PROVIDER" for each pair among the rows, by which a host finds the kernels of a device;
// "own-kernels/..." when they serve no op but those that the plugin brings itself. E_PLUGIN_DUPLICATE when another
// plugin has taken it, E_PLUGIN_REGISTER for a row without a forward or without one of its three names.
STRATA_API void stage_kernels(Registry& registry, std::span<const KernelRow> rows);

}  // namespace strata
