// A second device of the CPU's kind: its memory is the host's, its kernels are the CPU's. With CHECK_FAULT "copies" it
// loses the first byte of what is copied to it.
#include <strata/device/device.hpp>
#include <strata/plugin.hpp>

#include <cstring>
#include <string_view>

#include "named_cpu.hpp"

namespace {
using namespace strata;

constexpr std::string_view kFault = CHECK_FAULT;

class SecondDevice final : public strata_test::NamedCpu {
 public:
  SecondDevice() : NamedCpu("cpu", "second") {}
  std::string probe() const override { return kFault == "absent" ? "it is not plugged in" : ""; }
  void copy_from_host(void* to, const void* from, std::size_t bytes) override {
    NamedCpu::copy_from_host(to, from, bytes);
    if (kFault == "copies" && bytes >= sizeof(float)) std::memset(to, 0, sizeof(float));
  }
};
}  // namespace

STRATA_PLUGIN("second-device", "1.0",
              [](strata::Registry& r) { r.add<strata::Device, SecondDevice>("second", "the CPU once more"); });
