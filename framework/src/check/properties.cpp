// The properties that every layer has, whatever its role.
#include <fmt/format.h>

#include "check/checks.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/checkpoint/checkpoint.hpp"
#include "strata/checkpoint/safetensors.hpp"
#include "strata/device/device.hpp"
#include "strata/nn/layer.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/op.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/devices.hpp"

namespace strata::detail {
namespace {

// Parameters written to a file and read into `to`, which has the same ones.
void copy_by_file(const Layer& from, const Layer& to) {
  const Scratch folder;
  std::vector<NamedTensor> tensors;
  for (const NamedParameter& one : from.saved()) tensors.push_back({one.name, one.parameter.value()});
  write_safetensors(folder / "model.safetensors", tensors);
  load_parameters(folder / "model.safetensors", to.saved());
}

}  // namespace

Tensors output_and_gradients(const Layer& layer, const Tensors& inputs, const Tensor& output) {
  backward(sum(output));
  Tensors all{output};
  for (const Tensor& input : inputs) {
    if (input.grad().defined()) all.push_back(input.grad());
  }
  for (const NamedParameter& one : layer.parameters()) {
    if (one.parameter.value().grad().defined()) all.push_back(one.parameter.value().grad());
  }
  return all;
}

std::string check_determinism(const std::function<Tensors()>& run) {
  const Tensors first = run();
  for (int again = 0; again < 2; ++again) {
    const Tensors next = run();
    if (next.size() != first.size()) throw CheckFailed{"another number of gradients the second time"};
    for (std::size_t i = 0; i < first.size(); ++i) require_same(next[i], first[i], i == 0 ? "output" : "a gradient");
  }
  return fmt::format("the same bits three times, {} gradients too", first.size() - 1);
}

std::string check_half(const std::function<Tensor(DType compute)>& forward) {
  constexpr double kTolerance = 4e-2;
  const Tensor full = forward(DType::f32);
  context().compute = DType::bf16;
  const Tensor rounded = forward(DType::bf16);
  if (rounded.dtype() != DType::bf16) throw CheckFailed{std::string("under bf16 comes ") + name_of(rounded.dtype())};
  return difference_text(require_close(cast(rounded, DType::f32), full, kTolerance, "bf16 and f32"), kTolerance);
}

std::string check_kernels(const std::function<Tensor()>& forward) {
  constexpr double kTolerance = 1e-5;
  const Tensor best = forward();
  context().kernels["*"] = "plain";
  for (const Op* op : all_ops()) {
    if (op->compose != nullptr) context().kernels[op->name] = "composition";
  }
  return difference_text(require_close(forward(), best, kTolerance, "plain loops and this machine's best kernels"),
                         kTolerance);
}

void Checks::devices(Registry& registry, const std::function<Tensor()>& forward) {
  const std::vector<ComponentInfo> found = registry.components(Device::kRole);
  if (found.empty()) return skip("devices", "there is none but the CPU");
  property("devices", [&] {
    constexpr double kTolerance = 1e-4;  // f32, sums in another order
    const Tensor expected = forward();
    std::string text;
    for (const ComponentInfo& info : found) {
      const ContextScope scope;
      context().device = registry.make<Device>(Config(info.name));
      const std::string reason = unusable(*context().device, registry);
      text += (text.empty() ? "" : "; ") + info.name + ": ";
      if (!reason.empty()) {
        text += "cannot run here: " + reason;
        continue;
      }
      text += difference_text(require_close(forward(), expected, kTolerance, info.name + " and the CPU"), kTolerance);
    }
    return text;
  });
}

std::string check_file(const Layer& from, const Layer& to, const std::function<Tensor(bool second)>& forward) {
  if (from.saved().empty()) return "it has no parameters";
  copy_by_file(from, to);
  require_same(forward(true), forward(false), "saved and loaded");
  const std::size_t buffers = from.buffers().size();
  return fmt::format("{} parameters{} saved and loaded", from.parameters().size(),
                     buffers == 0 ? "" : fmt::format(" and {} buffers", buffers));
}

}  // namespace strata::detail
