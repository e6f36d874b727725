// A second device of the CPU's kind: its memory is the host's, its kernels are the CPU's. With CHECK_FAULT "copies" it
// loses the first byte of what is copied to it.
#include <strata/device/device.hpp>
#include <strata/plugin.hpp>

#include <cstring>
#include <string_view>

namespace {
using namespace strata;

constexpr std::string_view kFault = CHECK_FAULT;

class SecondDevice final : public Device {
 public:
  std::string_view kind() const override { return "cpu"; }
  std::string name() const override { return "second"; }
  std::string probe() const override { return kFault == "absent" ? "it is not plugged in" : ""; }
  bool host_accessible() const override { return true; }
  void* allocate(std::size_t bytes) override { return cpu_device()->allocate(bytes); }
  void release(void* memory, std::size_t bytes) noexcept override { cpu_device()->release(memory, bytes); }
  void copy_from_host(void* to, const void* from, std::size_t bytes) override {
    std::memcpy(to, from, bytes);
    if (kFault == "copies" && bytes >= sizeof(float)) std::memset(to, 0, sizeof(float));
  }
  void copy_to_host(void* to, const void* from, std::size_t bytes) override { std::memcpy(to, from, bytes); }
};
}  // namespace

STRATA_PLUGIN("second-device", "1.0",
              [](strata::Registry& r) { r.add<strata::Device, SecondDevice>("second", "the CPU once more"); });
