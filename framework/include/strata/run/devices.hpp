// The devices that are there, and the one that a recipe names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/device/device.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {

// A device, or a kind of which there is none, and whether models can run there.
struct DeviceState {
  std::string name;    // "cpu", "cuda:0"; the kind alone ("cuda") where none of it can be used
  std::string about;   // DeviceInfo::about
  std::string reason;  // why it cannot be used, in one line; empty: it can
};

// The CPU first, then the devices of each kind that a plugin brings, by name. Loads those plugins and their kernels.
STRATA_API std::vector<DeviceState> list_devices(Registry& registry);

// Why the device cannot run models: what probe() says, or for which ops it has no kernel; empty when it can.
STRATA_API std::string unusable(Device& device, Registry& registry);

// name: "cpu" (gives null, as Context::device wants it), a kind ("cuda"), one of a kind ("cuda:1"), or "auto", which is
// the first of the first kind that can be used and is no CPU, else the CPU, with a line that says why. Loads its
// kernels. tf32: its products of f32 may be computed in TF32. E_CONFIG_COMPONENT for an unknown kind, E_CONFIG_RANGE
// for an index that is none and for TF32 on the CPU, E_DEVICE_UNAVAILABLE with probe()'s reason.
STRATA_API std::shared_ptr<Device> choose_device(const std::string& name, Registry& registry, bool tf32 = false);

}  // namespace strata
