// register_op and register_kernels: add ops and kernels of a plugin as a part of its registration, which succeeds as a
// whole or not at all.
#pragma once

#include <span>

#include "strata/core/export.hpp"
#include "strata/device/kernel.hpp"
#include "strata/ops/op.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {

// Registers an op under the key "ops/NAME". Throws E_PLUGIN_DUPLICATE when libstrata or another plugin has an op of
// this name, and E_PLUGIN_REGISTER when the op has no name, or neither `infer` nor `view`. The plugin may pass its own
// Op object to apply(), or the row that find_op() returns.
STRATA_API void register_op(Registry& registry, const Op& op);

// Registers kernels under one key "kernels/DEVICE/PROVIDER" for each device and provider in the rows; a host finds the
// kernels of a device by this key. When all rows are for ops of the plugin itself, the key is
// "own-kernels/DEVICE/PROVIDER". Throws E_PLUGIN_DUPLICATE when another plugin has used the key, and E_PLUGIN_REGISTER
// for a row without a forward function or without one of its three names.
STRATA_API void register_kernels(Registry& registry, std::span<const KernelRow> rows);

}  // namespace strata
