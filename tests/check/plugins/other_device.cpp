// Two kinds of device: "twin", the CPU under another name with kernels of its own (plain loops, one of them wrong), and
// "nowhere", whose kernels no device here can run.
#include <strata/device/device.hpp>
#include <strata/device/kernels.hpp>
#include <strata/plugin.hpp>
#include <strata/plugin/register_ops.hpp>

#include <string_view>
#include <vector>

#include "named_cpu.hpp"

namespace {
using namespace strata;

class Twin final : public strata_test::NamedCpu {
 public:
  Twin() : NamedCpu("twin", "twin:0") {}
};

void wrong_relu(const KernelCall& call) {
  for (std::int64_t i = 0; i < call.outputs[0].numel(); ++i) call.outputs[0].as<float>()[i] = -1;
}
bool dense_f32(const KernelCall& call) { return call.inputs[0].dtype == DType::f32 && call.inputs[0].contiguous(); }

void register_all(Registry& registry) {
  registry.add<Device, Twin>("twin", "the CPU under another name");
  std::vector<KernelRow> rows;
  for (KernelRow row : all_kernels()) {
    if (row.provider != std::string_view("plain")) continue;
    row.device = row.provider = "twin";
    rows.push_back(row);
    if (row.op != std::string_view("relu")) continue;
    rows.back().forward = wrong_relu;
    rows.back().supports = dense_f32;
  }
  rows.push_back({"nowhere", "relu", "twin", 10, wrong_relu, dense_f32, nullptr, nullptr, 0, 0, 0});
  register_kernels(registry, rows);
}
}  // namespace

STRATA_PLUGIN("other-device", "1.0", register_all);
