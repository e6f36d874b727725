#include "strata/run/devices.hpp"

#include <charconv>
#include <map>
#include <mutex>

#include <fmt/format.h>

#include "strata/core/error.hpp"
#include "strata/core/log.hpp"
#include "strata/device/kernels.hpp"
#include "strata/ops/op.hpp"

namespace strata {
namespace {

void load_kernels(std::string_view kind, Registry& registry) {
  registry.load_extensions("kernels/" + std::string(kind) + "/");
}

std::string missing_kernels(std::string_view kind) {
  constexpr int kNamed = 3;
  int missing = 0, primitives = 0;
  std::string names;
  for (const Op* op : all_ops()) {
    if (op->compose != nullptr || op->view != nullptr) continue;
    ++primitives;
    if (!kernels_for(kind, op->name).empty()) continue;
    if (++missing <= kNamed) names += std::string(names.empty() ? "" : ", ") + op->name;
  }
  if (missing == 0) return {};
  return fmt::format("no kernel for {} of {} ops: {}{}", missing, primitives, names, missing > kNamed ? ", ..." : "");
}

// The device of a recipe's word.
std::shared_ptr<Device> make_device(const std::string& name, Registry& registry, bool tf32) {
  const std::size_t colon = name.find(':');
  const std::string kind = name.substr(0, colon);
  if (!registry.has(Device::kRole, kind)) {
    std::string known = "known: auto, cpu";
    for (const ComponentInfo& info : registry.components(Device::kRole)) known += ", " + info.name;
    throw Error("E_CONFIG_COMPONENT", "device", "no device is called \"" + printable(kind) + "\"", known);
  }
  Config spec = Config::object({{"type", kind}});
  if (colon != std::string::npos) {
    std::int64_t index = 0;
    const char *first = name.data() + colon + 1, *last = name.data() + name.size();
    const auto [end, fault] = std::from_chars(first, last, index);
    if (fault != std::errc() || end != last || index < 0) {
      throw Error("E_CONFIG_RANGE", "device", "'" + printable(name) + "' has no index behind the colon",
                  "cpu, auto, a kind, or a kind and an index: cuda:1");
    }
    spec.put("index", index);
  }
  if (tf32) spec.put("tf32", true);
  spec.set_source("device");
  return registry.make<Device>(spec);
}

// One object a device: tensors of two models of a process live on the same one.
std::shared_ptr<Device> known(std::shared_ptr<Device> made, bool tf32) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<Device>> all;
  const std::lock_guard lock(mutex);
  std::weak_ptr<Device>& there = all[made->name() + (tf32 ? " tf32" : "")];
  if (std::shared_ptr<Device> before = there.lock()) return before;
  there = made;
  return made;
}

}  // namespace

std::string unusable(Device& device, Registry& registry) {
  std::string reason = device.probe();
  if (!reason.empty()) return reason;
  load_kernels(device.kind(), registry);
  return missing_kernels(device.kind());
}

std::vector<DeviceState> list_devices(Registry& registry) {
  std::vector<DeviceState> states;
  const auto add = [&](Device& device, const std::string& kind) {
    const std::string reason = unusable(device, registry);
    const std::vector<DeviceInfo> found = device.found();
    for (const DeviceInfo& info : found) states.push_back({info.name, info.about, reason});
    if (found.empty()) states.push_back({kind, {}, reason});
  };
  add(*cpu_device(), "cpu");
  for (const ComponentInfo& info : registry.components(Device::kRole)) {
    add(*registry.make<Device>(Config(info.name)), info.name);
  }
  return states;
}

std::shared_ptr<Device> choose_device(const std::string& name, Registry& registry, bool tf32) {
  std::shared_ptr<Device> device;
  if (name == "auto") {
    std::string reasons;
    for (const ComponentInfo& info : registry.components(Device::kRole)) {
      device = make_device(info.name, registry, tf32);
      const std::string reason = unusable(*device, registry);
      if (reason.empty()) {
        const std::vector<DeviceInfo> found = device->found();
        log_info("device auto: " + device->name() + (found.empty() ? "" : ", " + found.front().about));
        return known(device, tf32);
      }
      reasons += "; " + info.name + ": " + reason;
    }
    device = nullptr;
    log_info("device auto: cpu" + (reasons.empty() ? "; no plugin brings another" : reasons));
  } else if (name != "cpu") {
    device = known(make_device(name, registry, tf32), tf32);
    const std::string reason = device->probe();
    if (!reason.empty()) {
      throw Error("E_DEVICE_UNAVAILABLE", "device", printable(name) + ": " + reason,
                  "strata devices lists what is there; \"device\": \"auto\" takes the CPU where nothing else can run");
    }
  }
  if (tf32 && device == nullptr) {
    throw Error("E_CONFIG_RANGE", "precision", "\"tf32\" is for a GPU, and the device is cpu",
                "on a CPU \"bf16\" is fast");
  }
  load_kernels(device == nullptr ? "cpu" : device->kind(), registry);
  return device;
}

}  // namespace strata
