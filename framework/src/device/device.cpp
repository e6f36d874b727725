// What a device does unless its backend knows better.
#include "strata/device/device.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include "strata/core/error.hpp"

namespace strata {

Recording::~Recording() = default;
Device::~Device() = default;

std::vector<DeviceInfo> Device::found() const {
  if (!probe().empty()) return {};
  return {{name(), {}}};
}

void Device::copy_all_to_host(std::span<const HostCopy> copies) {
  for (const HostCopy& one : copies) copy_to_host(one.to, one.from, one.bytes);
}

void Device::fill(void* to, const void* element, std::size_t bytes, std::size_t count) {
  if (count == 0) return;
  if (bytes == 1 && host_accessible()) {
    std::memset(to, std::to_integer<int>(*static_cast<const std::byte*>(element)), count);
    return;
  }
  std::vector<std::byte> host(host_accessible() ? 0 : bytes * count);
  std::byte* at = host_accessible() ? static_cast<std::byte*>(to) : host.data();
  std::memcpy(at, element, bytes);
  for (std::size_t done = 1; done < count; done += std::min(done, count - done)) {
    std::memcpy(at + done * bytes, at, std::min(done, count - done) * bytes);
  }
  if (!host_accessible()) copy_from_host(to, host.data(), host.size());
}

std::unique_ptr<Recording> Device::record(const std::function<void()>& work) {
  (void)work;
  throw Error("E_DEVICE_RECORD", name(), "this device takes no work down", "records() says where it can be done");
}

}  // namespace strata
