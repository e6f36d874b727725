// Recorded nodes: identity, saving, and freeing without recursion.
#include "autograd/node.hpp"

#include <atomic>

#include "strata/autograd/time_loop.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

std::atomic<std::uint64_t> counter{0};

// A chain of a million nodes must not recurse a million destructors deep: edges of a dying node are parked here, and
// the outermost destructor drops them one by one.
thread_local std::vector<Edge>* parked = nullptr;

void drop(std::vector<Edge>& edges) {
  if (parked != nullptr) {
    for (Edge& edge : edges) parked->push_back(std::move(edge));
    edges.clear();
    return;
  }
  std::vector<Edge> queue = std::move(edges);
  edges.clear();
  parked = &queue;
  while (!queue.empty()) {
    const Edge last = std::move(queue.back());
    queue.pop_back();
  }
  parked = nullptr;
}

}  // namespace

Node::Node() : id(counter.fetch_add(1) + 1) {}

Node::~Node() { release(); }

void Node::release() {
  freed = true;
  // Saved inputs hold their producers, too: park those first, then let the tensors go.
  std::vector<Edge> all = std::move(edges);
  for (SavedTensor& saved : inputs) {
    if (saved.tensor.defined() && saved.tensor.impl()->node != nullptr)
      all.push_back({saved.tensor.impl()->node, 0, nullptr});
  }
  edges.clear();
  inputs.clear();
  outputs.clear();
  extras.clear();
  gradients.clear();
  custom = nullptr;
  drop(all);
}

std::uint64_t last_node_id() { return counter.load(); }

Edge edge_of(const Tensor& tensor) {
  if (!tensor.defined() || !tensor.requires_grad()) return {};
  const auto& impl = tensor.impl();
  if (impl->node != nullptr) return {impl->node, impl->output, nullptr};
  return {nullptr, 0, impl};
}

SavedTensor save(const Tensor& tensor) {
  if (!tensor.defined()) return {};
  return {tensor, tensor.version()};
}

bool wants_recording(const Op& op, std::span<const Tensor> inputs) {
  Context& now = context();
  if ((!now.recording && now.would_record == nullptr) || !op.differentiable) return false;
  for (const Tensor& input : inputs) {
    if (!input.defined() || !input.requires_grad()) continue;
    if (now.would_record != nullptr) *now.would_record = true;
    return now.recording;
  }
  return false;
}

void attach(const std::shared_ptr<Node>& node, Tensors& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto& impl = outputs[i].impl();
    node->output_specs.push_back(spec_of(impl->dtype, impl->shape));
    if (!is_floating(impl->dtype)) continue;
    impl->requires_grad = true;
    impl->node = node;
    impl->output = static_cast<int>(i);
  }
  node->gradients.resize(outputs.size());
}

TimeLoop::TimeLoop() { context().loop = std::make_shared<LoopState>(LoopState{last_node_id()}); }

}  // namespace strata
