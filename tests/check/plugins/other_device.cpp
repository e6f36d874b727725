// Two kinds of device: "twin", the CPU under another name with kernels of its own (plain loops, one of them wrong), and
// "nowhere", whose kernels no device here can run.
#include <strata/device/device.hpp>
#include <strata/device/kernels.hpp>
#include <strata/plugin.hpp>
#include <strata/plugin/stage.hpp>

#include <string_view>
#include <vector>

namespace {
using namespace strata;

class Twin final : public Device {
 public:
  std::string_view kind() const override { return "twin"; }
  std::string name() const override { return "twin:0"; }
  std::string probe() const override { return {}; }
  bool host_accessible() const override { return true; }
  void* allocate(std::size_t bytes) override { return cpu_device()->allocate(bytes); }
  void release(void* memory, std::size_t bytes) noexcept override { cpu_device()->release(memory, bytes); }
  void copy_from_host(void* to, const void* from, std::size_t bytes) override {
    cpu_device()->copy_from_host(to, from, bytes);
  }
  void copy_to_host(void* to, const void* from, std::size_t bytes) override {
    cpu_device()->copy_to_host(to, from, bytes);
  }
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
  stage_kernels(registry, rows);
}
}  // namespace

STRATA_PLUGIN("other-device", "1.0", register_all);
