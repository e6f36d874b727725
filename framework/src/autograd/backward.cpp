// backward and checkpoint: the public doors of the engine.
#include "strata/autograd/backward.hpp"

#include "autograd/engine.hpp"
#include "strata/tensor/context.hpp"

namespace strata {

void backward(const Tensor& root, const Tensor& seed, const GradientHook& hook) {
  if (seed.defined() && !(seed.shape() == root.shape())) {
    throw Error("E_SHAPE", "[backward]", "a seed " + seed.shape().str() + " for a root " + root.shape().str());
  }
  Engine engine(hook);
  engine.seed(root, seed.defined() ? seed : Tensor::full(root.shape(), 1.0, root.dtype(), root.device()));
  engine.run();
}

Tensors checkpoint(const std::function<Tensors(std::span<const Tensor>)>& segment, std::span<const Tensor> inputs) {
  const bool outer = context().recording;
  Tensors outputs;
  Tensors kept(inputs.begin(), inputs.end());
  const Context surroundings = context();
  bool needed = false;
  {
    const NoGrad scope;
    if (outer) context().would_record = &needed;
    outputs = segment(inputs);
  }
  if (!needed) return outputs;  // nothing is recorded here, or all that the segment read is frozen
  for (Tensor& output : outputs) output = output.detach();  // the segment may have returned an input itself
  const auto node = std::make_shared<Node>();
  for (const Tensor& input : inputs) {
    node->edges.push_back(edge_of(input));
    node->input_specs.push_back(input.defined() ? spec_of(input.dtype(), input.shape()) : TensorSpec{});
  }
  node->custom = [segment, kept, surroundings](std::span<const Tensor> gradients) {
    Tensors fresh;
    for (const Tensor& input : kept) {
      fresh.push_back(input.defined() ? input.detach() : Tensor());
      if (input.defined() && input.requires_grad()) fresh.back().require_grad();
    }
    Tensors again;
    {
      const ContextScope scope;
      context() = surroundings;
      context().recomputing = true;
      again = segment(fresh);
    }
    const GradientHook none;
    Engine engine(none);
    for (std::size_t o = 0; o < again.size(); ++o) {
      if (gradients[o].defined() && again[o].requires_grad()) engine.seed(again[o], gradients[o]);
    }
    engine.run();
    Tensors results;
    for (const Tensor& input : fresh) {
      results.push_back(input.defined() ? input.grad() : Tensor());
      if (input.defined()) input.set_grad({});
    }
    return results;
  };
  attach(node, outputs);
  return outputs;
}

}  // namespace strata
