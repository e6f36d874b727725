// Choosing a kernel by what it supports, and calling it with plain views.
#include "ops/dispatch.hpp"

#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/device/kernels.hpp"

namespace strata {
namespace {

// Workspace from the device's caching allocator; everything is given back when the call ends.
struct DeviceWorkspace : Workspace {
  explicit DeviceWorkspace(Device& where) : Workspace{&DeviceWorkspace::take_block}, device(where) {}
  DeviceWorkspace(const DeviceWorkspace&) = delete;
  DeviceWorkspace& operator=(const DeviceWorkspace&) = delete;
  ~DeviceWorkspace() {
    for (const auto& [block, bytes] : blocks) device.release(block, bytes);
  }

  static void* take_block(Workspace* self, std::size_t bytes) {
    auto& workspace = *static_cast<DeviceWorkspace*>(self);
    void* block = workspace.device.allocate(bytes);
    workspace.blocks.emplace_back(block, bytes);
    return block;
  }

  Device& device;
  std::vector<std::pair<void*, std::size_t>> blocks;
};

std::vector<View> views_of(std::span<const Tensor> tensors) {
  std::vector<View> views;
  views.reserve(tensors.size());
  for (const Tensor& tensor : tensors) views.push_back(tensor.defined() ? tensor.view() : absent_view());
  return views;
}

// The provider that the recipe's "kernels" key forces for an op. A copy, as a trace has a context of its own.
std::optional<std::string> forced_provider(const Op& op, bool* for_this_op) {
  const auto& kernels = context().kernels;
  if (kernels.empty()) return std::nullopt;
  auto found = kernels.find(std::string_view(op.name));
  *for_this_op = found != kernels.end();
  if (!*for_this_op) found = kernels.find(std::string_view("*"));
  return found == kernels.end() ? std::nullopt : std::optional(found->second);
}

// Who computes a call.
struct Choice {
  const KernelRow* row = nullptr;
  bool composition_forced = false;
  Fusion fusion;  // with the row of programs
};

// `outputs`: what infer says; empty where the composition cannot serve.
Choice choose(const OpCall& call, std::span<const TensorSpec> outputs, std::string_view device,
              const KernelCall& kernel_call) {
  const Op& op = call.op;
  const auto rows = kernels_for(device, op.name);
  const auto fits = [&](const KernelRow* row) {
    return row->supports == nullptr || call_plugin("supports()", row->supports, kernel_call);
  };
  const auto fused = [&]() -> Choice {
    Fusion fusion;
    if (!outputs.empty() && op.compose != nullptr) fusion = find_fusion(call, outputs, device, kernel_call);
    return {fusion.row, false, std::move(fusion)};
  };
  bool for_this_op = false;
  if (const std::optional<std::string> forced = forced_provider(op, &for_this_op)) {
    const bool composition = *forced == "composition" && op.compose != nullptr;
    // "vjp": the composition's value, recorded as one node with the op's own gradient.
    if (composition || (*forced == "vjp" && op.compose != nullptr && op.vjp != nullptr))
      return {nullptr, composition, {}};
    for (const KernelRow* row : rows) {
      if (row->provider == *forced && fits(row)) return {row, false, {}};
    }
    Choice choice = fused();
    if (choice.row != nullptr && choice.row->provider == *forced) return choice;
    if (for_this_op && *forced != "composition") {
      throw Error("E_DEVICE_KERNEL", "kernels/" + std::string(op.name),
                  "no kernel of '" + *forced + "' on " + std::string(device) + " supports this call");
    }
  }
  for (const KernelRow* row : rows) {
    if (row->priority >= 0 && fits(row)) return {row, false, {}};  // negative: only when forced (the oracle)
  }
  return fused();
}

}  // namespace

void run_in_place(const OpCall& call, std::span<const Tensor> targets) {
  const std::shared_ptr<Device> device = device_of(call.op, call.inputs);
  const std::vector<View> inputs = views_of(call.inputs), outputs = views_of(targets);
  KernelCall kernel_call{};
  kernel_call.attributes = call.attributes.view();
  kernel_call.inputs = inputs.data();
  kernel_call.outputs = outputs.data();
  kernel_call.input_count = static_cast<std::int32_t>(inputs.size());
  kernel_call.output_count = static_cast<std::int32_t>(outputs.size());
  const KernelRow* row = choose(call, {}, device->kind(), kernel_call).row;
  if (row == nullptr) {
    throw Error("E_DEVICE_KERNEL", "[" + std::string(call.op.name) + "]", "no kernel on " + device->name());
  }
  DeviceWorkspace workspace(*device);
  kernel_call.workspace = &workspace;
  kernel_call.stream = device->stream();
  call_plugin("forward()", row->forward, kernel_call);
}

void run_program(const KernelRow& row, const Program& program, std::span<const Tensor> inputs,
                 std::span<const Tensor> outputs) {
  const std::vector<View> input_views = views_of(inputs), output_views = views_of(outputs);
  const Attribute attribute = program_attribute(program);
  Device& device = *outputs[0].device();
  DeviceWorkspace workspace(device);
  KernelCall call{};
  call.attributes = {&attribute, 1};
  call.inputs = input_views.data();
  call.outputs = output_views.data();
  call.input_count = static_cast<std::int32_t>(input_views.size());
  call.output_count = static_cast<std::int32_t>(output_views.size());
  call.workspace = &workspace;
  call.stream = device.stream();
  call_plugin("forward()", row.forward, call);
}

std::shared_ptr<Device> device_of(const Op& op, std::span<const Tensor> inputs) {
  std::shared_ptr<Device> device;
  for (const Tensor& input : inputs) {
    if (!input.defined()) continue;
    if (device == nullptr) {
      device = input.device();
    } else if (device != input.device()) {
      throw Error("E_DEVICE_MIXED", "[" + std::string(op.name) + "]",
                  "inputs on " + device->name() + " and on " + input.device()->name(),
                  "nothing moves silently: copy one");
    }
  }
  if (device == nullptr) device = context().device != nullptr ? context().device : cpu_device();
  return device;
}

ForwardRun run_forward(const OpCall& call, bool recording) {
  const std::shared_ptr<Device> device = device_of(call.op, call.inputs);
  const std::vector<TensorSpec> specs = call_plugin("infer()", call.op.infer, call);
  const std::vector<View> inputs = views_of(call.inputs);
  std::vector<View> outputs;
  outputs.reserve(specs.size());
  for (const TensorSpec& spec : specs) outputs.push_back(view_of_spec(spec));

  KernelCall kernel_call{};
  kernel_call.attributes = call.attributes.view();
  kernel_call.inputs = inputs.data();
  kernel_call.outputs = outputs.data();
  kernel_call.input_count = static_cast<std::int32_t>(inputs.size());
  kernel_call.output_count = static_cast<std::int32_t>(outputs.size());
  kernel_call.recording = recording;
  kernel_call.stream = device->stream();  // known to `supports` and `extras`, too

  Choice choice = choose(call, specs, device->kind(), kernel_call);
  ForwardRun run{choice.row, choice.composition_forced, std::move(choice.fusion), {}, {}};
  if (run.row == nullptr) return run;
  const auto make = [&](const TensorSpec& spec, Tensors& into, std::vector<View>& views, std::size_t at) {
    into.push_back(
        Tensor::empty(Shape(std::span(spec.shape, static_cast<std::size_t>(spec.rank))), spec.dtype, device));
    if (at < views.size()) {
      views[at] = into.back().view();
    } else {
      views.push_back(into.back().view());
    }
  };
  for (std::size_t i = 0; i < specs.size(); ++i) make(specs[i], run.outputs, outputs, i);
  if (run.fusion) {
    run_program(*run.row, run.fusion.composition->program(), call.inputs, run.outputs);
    return run;
  }
  std::vector<View> extras;
  if (recording && run.row->backward != nullptr && run.row->extras != nullptr) {
    TensorSpec extra_specs[kMaxExtras];
    const std::int32_t count = call_plugin("extras()", run.row->extras, kernel_call, extra_specs);
    for (std::int32_t i = 0; i < count; ++i) make(extra_specs[i], run.extras, extras, static_cast<std::size_t>(i));
  }
  kernel_call.outputs = outputs.data();
  kernel_call.extras = extras.data();
  kernel_call.extra_count = static_cast<std::int32_t>(extras.size());
  DeviceWorkspace workspace(*device);
  kernel_call.workspace = &workspace;
  call_plugin("forward()", run.row->forward, kernel_call);
  return run;
}

void run_backward(const KernelRow& row, const VjpCall& call, std::span<const Tensor> extras,
                  std::span<const BackwardTarget> targets) {
  const std::vector<View> inputs = views_of(call.inputs), outputs = views_of(call.outputs),
                          extra_views = views_of(extras), output_gradients = views_of(call.gradients);
  std::vector<View> input_gradients;
  const std::unique_ptr<bool[]> accumulate(new bool[targets.size()]);
  Device* device = nullptr;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    accumulate[i] = targets[i].accumulate;
    input_gradients.push_back(targets[i].gradient.defined() ? targets[i].gradient.view() : absent_view());
    if (targets[i].gradient.defined()) device = targets[i].gradient.device().get();
  }
  if (device == nullptr) return;
  BackwardCall backward{};
  backward.attributes = call.attributes.view();
  backward.inputs = inputs.data();
  backward.outputs = outputs.data();
  backward.extras = extra_views.data();
  backward.output_gradients = output_gradients.data();
  backward.input_gradients = input_gradients.data();
  backward.accumulate = accumulate.get();
  backward.input_count = static_cast<std::int32_t>(inputs.size());
  backward.output_count = static_cast<std::int32_t>(outputs.size());
  backward.extra_count = static_cast<std::int32_t>(extra_views.size());
  DeviceWorkspace workspace(*device);
  backward.workspace = &workspace;
  backward.stream = device->stream();
  call_plugin("backward()", row.backward, backward);
}

}  // namespace strata
