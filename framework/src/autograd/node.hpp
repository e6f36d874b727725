// Node: what apply() records of one op call. Private to libstrata.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "ops/program/fusion.hpp"
#include "strata/ops/op.hpp"
#include "tensor/impl.hpp"

namespace strata {

// Where a gradient goes: to a node's output or to a leaf; nowhere when the input requires none.
struct Edge {
  std::shared_ptr<Node> node;
  int output = 0;
  std::shared_ptr<TensorImpl> leaf;

  bool wanted() const { return node != nullptr || leaf != nullptr; }
};

struct SavedTensor {
  Tensor tensor;
  std::uint64_t version = 0;
};

// The nodes made since a TimeLoop began have larger ids than `begin`.
struct LoopState {
  std::uint64_t begin;
};

struct Node {
  Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node();

  std::uint64_t id;
  const Op* op = nullptr;
  const KernelRow* row = nullptr;  // the kernel that served forward, when it brings its own backward
  Fusion fusion;                   // its composition as a program, when that served and the op has no vjp
  OpAttributes attributes;
  std::vector<Edge> edges;  // one an input
  std::vector<TensorSpec> input_specs, output_specs;
  std::vector<SavedTensor> inputs, outputs;
  Tensors extras;
  std::shared_ptr<LoopState> loop;
  // Instead of an op: output gradients -> input gradients (checkpoint).
  std::function<Tensors(std::span<const Tensor>)> custom;

  Tensors gradients;  // of the outputs, while backward runs
  bool queued = false, freed = false;

  // Drops what was saved and the edges, once backward has used them.
  void release();
};

std::uint64_t last_node_id();

// The edge of an input; makes nothing.
Edge edge_of(const Tensor& tensor);
SavedTensor save(const Tensor& tensor);

// True when a call with these inputs is to be recorded.
bool wants_recording(const Op& op, std::span<const Tensor> inputs);

// Connects outputs to `node` (gradient-less integer outputs stay outside).
void attach(const std::shared_ptr<Node>& node, Tensors& outputs);

}  // namespace strata
