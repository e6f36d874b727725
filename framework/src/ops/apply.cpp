// apply: run an op and record it.
#include <algorithm>
#include <string>

#include "ops/dispatch.hpp"
#include "ops/program/trace.hpp"
#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"

namespace strata {
namespace {

std::shared_ptr<Node> new_node(const OpCall& call) {
  auto node = std::make_shared<Node>();
  node->op = &call.op;
  node->attributes = call.attributes;
  node->loop = context().loop;
  for (const Tensor& input : call.inputs) {
    node->edges.push_back(edge_of(input));
    node->input_specs.push_back(input.defined() ? spec_of(input.dtype(), input.shape()) : TensorSpec{});
  }
  return node;
}

// Saves what backward will read: the row's own backward, else the vjp, else all inputs for the composition's re-run.
void save_for_backward(Node& node, const OpCall& call, const ForwardRun& run) {
  std::uint64_t inputs = kReadsAll, outputs = 0;
  if (run.row != nullptr && run.row->backward != nullptr && !run.fusion) {
    node.row = run.row;
    node.extras = run.extras;
    inputs = run.row->backward_reads_inputs;
    outputs = run.row->backward_reads_outputs;
  } else if (call.op.vjp != nullptr) {
    inputs = call.op.vjp_reads_inputs;
    outputs = call.op.vjp_reads_outputs;
  } else if (run.fusion) {
    node.fusion = run.fusion;
    std::uint64_t needs = 0;
    for (std::size_t i = 0; i < node.edges.size(); ++i) needs |= node.edges[i].wanted() ? bit(i) : 0;
    inputs = run.fusion.composition->reads(needs);
  }
  for (std::size_t i = 0; i < call.inputs.size(); ++i) {
    node.inputs.push_back((inputs & bit(i)) == 0 ? SavedTensor{} : save(call.inputs[i]));
  }
  for (std::size_t i = 0; i < run.outputs.size(); ++i) {
    const bool reads = (outputs & bit(i)) != 0;
    // Detached, or the node would own itself through its output.
    node.outputs.push_back(reads ? save(run.outputs[i].detach()) : SavedTensor{});
  }
}

Tensors apply_view(const OpCall& call, bool recording) {
  Tensors outputs = call_plugin("view()", call.op.view, call);
  if (!recording) return outputs;
  const auto node = new_node(call);
  node->inputs.resize(call.inputs.size());
  node->outputs.resize(outputs.size());
  attach(node, outputs);
  return outputs;
}

}  // namespace

Tensors apply(const Op& op, std::span<const Tensor> inputs, const OpAttributes& attributes) {
  const OpCall call{op, inputs, attributes};
  if (auto* const trace = detail::Trace::current()) return trace->apply(call);
  const bool recording = wants_recording(op, inputs);
  Timed timed(op, "forward");
  if (op.view != nullptr) {
    timed.served_by("view");
    return apply_view(call, recording);
  }
  ForwardRun run = run_forward(call, recording);
  if (run.row == nullptr) {
    if (op.compose == nullptr) {
      std::string types;
      for (const Tensor& input : inputs) types += (types.empty() ? "" : ", ") + input.str();
      throw Error("E_DEVICE_KERNEL", "[" + std::string(op.name) + "]", "no kernel for (" + types + ")",
                  "a backend plugin may be missing");
    }
    timed.served_by("composition");
    // With a vjp of its own the op is recorded as one node: less is saved, and a TimeLoop can put its weights off.
    if (!recording || op.vjp == nullptr || run.composition_forced) return call_plugin("compose()", op.compose, call);
    const NoGrad scope;
    for (const Tensor& output : call_plugin("compose()", op.compose, call)) run.outputs.push_back(output.detach());
  } else {
    timed.served_by(run.row->provider);
  }
  if (recording) {
    const auto node = new_node(call);
    save_for_backward(*node, call, run);
    attach(node, run.outputs);
  }
  return std::move(run.outputs);
}

void apply_in_place(const Op& op, std::span<const Tensor> inputs, std::span<const Tensor> targets,
                    const OpAttributes& attributes) {
  const OpCall call{op, inputs, attributes};
  if (auto* const trace = detail::Trace::current()) trace->refuse();
  (void)call_plugin("infer()", op.infer, call);
  Timed timed(op, "in place");
  timed.served_by("kernel");
  run_in_place(call, targets);
  for (const Tensor& target : targets) {
    target.bump_version();
    if (context().changed != nullptr) context().changed->push_back(target.impl()->storage);
  }
}

}  // namespace strata
