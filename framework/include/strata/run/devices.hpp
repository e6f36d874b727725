// Devices: lists the devices of this machine, and makes the one that a recipe names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/device/device.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {

// A device, or a kind of device that cannot be used, and whether models can run on it.
struct DeviceState {
  std::string name;    // name: "cpu", "cuda:0"; only the kind ("cuda") when no device of the kind was found
  std::string about;   // DeviceInfo::about
  std::string reason;  // why it cannot be used, in one line; empty: it can be used
};

// Returns the CPU, then the devices of each kind for which there is a plugin, sorted by the name of the kind. Loads
// these plugins and their kernels.
STRATA_API std::vector<DeviceState> list_devices(Registry& registry);

// Returns why a device cannot run models: the reason from Device::probe(), or the ops for which it has no kernel.
// Returns an empty text when it can.
STRATA_API std::string unusable(Device& device, Registry& registry);

// Makes the device that a recipe names, and loads its kernels. name: "cpu" (for which it returns null, the value of
// Context::device for the CPU), a kind ("cuda"), one device of a kind ("cuda:1"), or "auto": the first kind other than
// the CPU that can be used, else the CPU; the choice and the reason are logged. tf32: matrix products of f32 may be
// computed in TF32. Throws E_CONFIG_COMPONENT for an unknown kind, E_CONFIG_RANGE for an invalid index and for TF32 on
// the CPU, and E_DEVICE_UNAVAILABLE with the reason from Device::probe().
STRATA_API std::shared_ptr<Device> choose_device(const std::string& name, Registry& registry, bool tf32 = false);

}  // namespace strata
