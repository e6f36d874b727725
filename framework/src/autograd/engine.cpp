// The backward engine: nodes in a fixed order, gradients added where they meet, weight gradients of a time loop at
// once.
#include "autograd/engine.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>

#include "ops/dispatch.hpp"
#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/shape.hpp"

namespace strata {
namespace {

std::string place_of(const Node& node) {
  return "[" + std::string(node.op != nullptr ? node.op->name : "checkpoint") + "]";
}

Shape shape_of(const TensorSpec& spec) { return Shape(std::span(spec.shape, static_cast<std::size_t>(spec.rank))); }

// True when nobody but the slot holds the gradient, so that it may be added to in place.
bool exclusive(const Tensor& gradient) {
  return gradient.impl().use_count() == 1 && gradient.impl()->storage.use_count() == 1 && gradient.contiguous();
}

Tensors restored(const Node& node, const std::vector<SavedTensor>& saved) {
  Tensors tensors;
  tensors.reserve(saved.size());
  for (const SavedTensor& one : saved) {
    if (one.tensor.defined() && one.tensor.version() != one.version) {
      throw Error("E_AUTOGRAD_STALE", place_of(node),
                  "a tensor saved for backward (" + one.tensor.str() + ") was changed in place: version " +
                      std::to_string(one.version) + " was saved, now it is " + std::to_string(one.tensor.version()),
                  "copy it before changing it");
    }
    tensors.push_back(one.tensor);
  }
  return tensors;
}

const std::shared_ptr<Device>& device_of_first(std::span<const Tensor> tensors) {
  return std::find_if(tensors.begin(), tensors.end(), [](const Tensor& t) { return t.defined(); })->device();
}

}  // namespace

void Engine::seed(const Tensor& root, Tensor gradient) {
  const Edge edge = edge_of(root);
  if (!edge.wanted())
    throw Error("E_AUTOGRAD_LEAF", "[backward]",
                root.str() + " was not computed from anything that requires a gradient");
  if (hook_ && edge.node != nullptr) count_uses(*edge.node);
  deposit(edge, std::move(gradient), spec_of(root.dtype(), root.shape()));
}

void Engine::run() {
  const ContextScope scope;
  context().recording = false;
  context().loop = nullptr;
  while (true) {
    flush_loops_after(queue_.empty() ? 0 : queue_.top()->id);
    if (queue_.empty()) break;
    const std::shared_ptr<Node> node = queue_.top();
    queue_.pop();
    process(node);
  }
}

void Engine::process(const std::shared_ptr<Node>& node) {
  const Tensors gradients = std::move(node->gradients);
  std::uint64_t needs = 0;
  for (std::size_t i = 0; i < node->edges.size(); ++i) {
    if (node->edges[i].wanted()) needs |= bit(i);
  }
  const std::vector<Edge> edges = node->edges;
  pass_through(*node, gradients, &needs);
  defer(*node, gradients, &needs);
  // A checkpointed segment may read parameters though none of its inputs needs a gradient: those below it are frozen.
  if (needs != 0 || node->custom) differentiate(*node, edges, restored(*node, node->inputs), gradients, needs);
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if ((needs & bit(i)) != 0) settle(edges[i]);
  }
  node->release();
}

// Inputs whose gradient is the output's own (a fused addend) share it: no kernel, no copy.
void Engine::pass_through(const Node& node, std::span<const Tensor> gradients, std::uint64_t* needs) {
  if (node.op == nullptr || !gradients[0].defined()) return;
  for (std::size_t i = 0; i < node.edges.size(); ++i) {
    if ((node.op->passes_gradient & *needs & bit(i)) == 0) continue;
    deposit(node.edges[i], gradients[0], node.input_specs[i]);
    settle(node.edges[i]);
    *needs &= ~bit(i);
  }
}

// Takes the weights out of `needs` when their gradient can wait for the loop's end.
void Engine::defer(const Node& node, std::span<const Tensor> gradients, std::uint64_t* needs) {
  if (node.loop == nullptr || node.op == nullptr || (node.op->sums_over_rows & *needs) == 0 || node.fusion) return;
  if (node.row != nullptr ? node.row->backward_reads_outputs != 0 : node.op->vjp_reads_outputs != 0) return;
  if (!gradients[0].defined() || !node.inputs[0].tensor.defined() || !node.extras.empty()) return;
  const std::uint64_t waiting = node.op->sums_over_rows & *needs;
  for (std::size_t i = 0; i < node.edges.size(); ++i) {
    const bool made_inside = node.edges[i].node != nullptr && node.edges[i].node->id > node.loop->begin;
    if (((waiting >> i) & 1U) != 0 && made_inside) return;
  }
  const auto same_target = [&](const Edge& a, const Edge& b) {
    return a.node == b.node && a.leaf == b.leaf && a.output == b.output;
  };
  const auto matches = [&](const Deferred& d) {
    if (d.node->op != node.op || d.needs != waiting || !(d.node->attributes == node.attributes)) return false;
    for (std::size_t i = 1; i < d.edges.size(); ++i) {
      if (((waiting >> i) & 1U) != 0 && !same_target(d.edges[i], node.edges[i])) return false;
    }
    return true;
  };
  auto found = std::find_if(deferred_.begin(), deferred_.end(), matches);
  if (found == deferred_.end()) {
    auto keeper = std::make_shared<Node>();  // outlives the release of `node`
    keeper->op = node.op;
    keeper->row = node.row;
    keeper->attributes = node.attributes;
    keeper->input_specs = node.input_specs;
    keeper->inputs = node.inputs;
    keeper->inputs[0] = {};
    found = deferred_.insert(deferred_.end(), Deferred{keeper, {}, {}, node.edges, node.loop->begin, waiting});
    found->edges[0] = {};
  }
  (void)restored(node, node.inputs);  // checks the versions now
  found->inputs.push_back(node.inputs[0].tensor.detach());
  found->gradients.push_back(gradients[0]);
  *needs &= ~waiting;
}

void Engine::flush_loops_after(std::uint64_t id) {
  for (std::size_t i = 0; i < deferred_.size();) {
    if (deferred_[i].begin < id) {
      ++i;
      continue;
    }
    Deferred ready = std::move(deferred_[i]);
    deferred_.erase(deferred_.begin() + static_cast<std::ptrdiff_t>(i));
    flush(ready);
    id = queue_.empty() ? 0 : queue_.top()->id;
    i = 0;
  }
}

void Engine::flush(Deferred& deferred) {
  const auto rows = [](const Tensors& steps) {
    Tensors flat;
    for (const Tensor& step : steps) flat.push_back(reshape(step, {-1, step.size(-1)}));
    return flat.size() == 1 ? flat[0] : concat(flat, 0);
  };
  Tensors inputs = restored(*deferred.node, deferred.node->inputs);
  inputs[0] = rows(deferred.inputs);
  deferred.node->input_specs[0] = spec_of(inputs[0].dtype(), inputs[0].shape());
  const Tensor gradient = rows(deferred.gradients);
  differentiate(*deferred.node, deferred.edges, inputs, std::span(&gradient, 1), deferred.needs);
  for (std::size_t i = 0; i < deferred.edges.size(); ++i) {
    if (((deferred.needs >> i) & 1U) == 0) continue;
    for (std::size_t step = 0; step < deferred.inputs.size(); ++step) settle(deferred.edges[i]);
  }
}

void Engine::differentiate(const Node& node, std::span<const Edge> edges, std::span<const Tensor> inputs,
                           std::span<const Tensor> gradients, std::uint64_t needs) {
  const auto store = [&](Tensors results) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (results[i].defined() && edges[i].wanted()) deposit(edges[i], std::move(results[i]), node.input_specs[i]);
    }
  };
  if (node.custom) return store(node.custom(gradients));
  const Tensors outputs = restored(node, node.outputs);
  const VjpCall call{*node.op, inputs, outputs, gradients, node.attributes, node.input_specs, needs};
  Timed timed(*node.op, "backward");
  if (node.row != nullptr) {
    timed.served_by(node.row->provider);
    std::vector<BackwardTarget> targets(edges.size());
    std::vector<bool> in_slot(edges.size(), false);
    for (std::size_t i = 0; i < edges.size(); ++i) {
      if (!call.needed(i) || !edges[i].wanted()) continue;
      Tensor* present = slot(edges[i]);
      if (present->defined() && ((node.row->accumulates >> i) & 1U) != 0 && exclusive(*present) &&
          present->dtype() == node.input_specs[i].dtype) {
        targets[i] = {std::move(*present), true};
        in_slot[i] = true;
      } else {
        targets[i].gradient =
            Tensor::empty(shape_of(node.input_specs[i]), node.input_specs[i].dtype, device_of_first(gradients));
      }
    }
    run_backward(*node.row, call, node.extras, targets);
    for (std::size_t i = 0; i < edges.size(); ++i) {
      if (!targets[i].gradient.defined()) continue;
      if (in_slot[i]) {
        *slot(edges[i]) = std::move(targets[i].gradient);
      } else {
        deposit(edges[i], std::move(targets[i].gradient), node.input_specs[i]);
      }
    }
    return;
  }
  if (node.op->scatter != nullptr) {
    timed.served_by("scatter");
    Tensor* present = slot(edges[0]);
    if (!present->defined() || !exclusive(*present)) {
      Tensor dense =
          Tensor::zeros(shape_of(node.input_specs[0]), node.input_specs[0].dtype, device_of_first(gradients));
      if (present->defined()) copy_into(dense, *present);
      *present = std::move(dense);
      if (edges[0].node != nullptr) enqueue(edges[0].node);
    }
    call_plugin("scatter()", node.op->scatter, call, *present);
    return;
  }
  if (node.op->vjp != nullptr) {
    timed.served_by("vjp");
    return store(call_plugin("vjp()", node.op->vjp, call));
  }
  if (node.fusion) {
    if (std::optional<Tensors> results = fused_gradients(node.fusion, call)) {
      timed.served_by(node.fusion.row->provider);
      return store(std::move(*results));
    }
  }
  timed.served_by("composition");
  recompute(call, edges);
}

// No own backward, no vjp: run the composition again, recorded, and differentiate that.
void Engine::recompute(const VjpCall& call, std::span<const Edge> edges) {
  Tensors inputs;
  for (std::size_t i = 0; i < call.inputs.size(); ++i) {
    inputs.push_back(call.inputs[i].defined() ? call.inputs[i].detach() : Tensor());
    if (call.needed(i)) inputs.back().require_grad();
  }
  Tensors outputs;
  {
    const ContextScope scope;
    context().recording = true;
    outputs = call_plugin("compose()", call.op.compose, OpCall{call.op, inputs, call.attributes});
  }
  const GradientHook none;
  Engine inner(none);
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    if (call.gradients[o].defined() && outputs[o].requires_grad()) inner.seed(outputs[o], call.gradients[o]);
  }
  inner.run();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!call.needed(i) || !inputs[i].grad().defined()) continue;
    Tensor gradient = inputs[i].grad();
    inputs[i].set_grad({});
    deposit(edges[i], std::move(gradient), call.input_specs[i]);
  }
}

Tensor* Engine::slot(const Edge& edge) {
  if (edge.leaf != nullptr) return &edge.leaf->gradient;
  if (edge.node->freed) {
    throw Error("E_AUTOGRAD_FREED", place_of(*edge.node), "backward runs a second time through a graph that was freed",
                "run the forward again");
  }
  return &edge.node->gradients[static_cast<std::size_t>(edge.output)];
}

void Engine::deposit(const Edge& edge, Tensor gradient, const TensorSpec& spec) {
  if (!(gradient.shape() == shape_of(spec))) {
    throw Error("E_INTERNAL", "[backward]",
                "a gradient " + gradient.shape().str() + " for a tensor " + shape_of(spec).str());
  }
  if (gradient.dtype() != spec.dtype) gradient = cast(gradient, spec.dtype);
  Tensor* present = slot(edge);
  if (!present->defined()) {
    *present = std::move(gradient);
  } else if (exclusive(*present)) {
    add_in_place(*present, gradient);
  } else {
    *present = add(*present, gradient);
  }
  if (edge.node != nullptr) enqueue(edge.node);
}

void Engine::enqueue(const std::shared_ptr<Node>& node) {
  if (node->queued) return;
  node->queued = true;
  queue_.push(node);
}

void Engine::count_uses(const Node& root) {
  std::vector<const Node*> stack{&root};
  std::unordered_set<const Node*> seen{&root};
  while (!stack.empty()) {
    const Node* node = stack.back();
    stack.pop_back();
    for (const Edge& edge : node->edges) {
      if (edge.leaf != nullptr) ++uses_[edge.leaf.get()];
      if (edge.node != nullptr && seen.insert(edge.node.get()).second) stack.push_back(edge.node.get());
    }
  }
}

void Engine::settle(const Edge& edge) {
  if (!hook_ || edge.leaf == nullptr) return;
  const auto found = uses_.find(edge.leaf.get());
  if (found != uses_.end() && --found->second == 0) hook_(Tensor(edge.leaf));
}

}  // namespace strata
