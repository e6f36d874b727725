// Engine: one backward run over the recorded nodes, newest first. Private to libstrata.
#pragma once

#include <queue>
#include <unordered_map>

#include "autograd/node.hpp"
#include "strata/autograd/backward.hpp"

namespace strata {

class Engine {
 public:
  explicit Engine(const GradientHook& hook) : hook_(hook) {}

  // Seeds one root; call run() after all roots.
  void seed(const Tensor& root, Tensor gradient);
  void run();

 private:
  // Steps of a TimeLoop whose weight gradients wait for one product over all of them.
  struct Deferred {
    std::shared_ptr<Node> node;  // the first to come; gives op, kernel, attributes, edges, weights
    Tensors inputs, gradients;   // of all steps, as rows
    std::vector<Edge> edges;
    std::uint64_t begin = 0;
    std::uint64_t needs = 0;
  };
  struct ByAge {
    bool operator()(const std::shared_ptr<Node>& a, const std::shared_ptr<Node>& b) const { return a->id < b->id; }
  };

  void process(const std::shared_ptr<Node>& node);
  void pass_through(const Node& node, std::span<const Tensor> gradients, std::uint64_t* needs);
  void defer(const Node& node, std::span<const Tensor> gradients, std::uint64_t* needs);
  void flush_loops_after(std::uint64_t id);
  void flush(Deferred& deferred);
  void differentiate(const Node& node, std::span<const Edge> edges, std::span<const Tensor> inputs,
                     std::span<const Tensor> gradients, std::uint64_t needs);
  void recompute(const VjpCall& call, std::span<const Edge> edges);

  Tensor* slot(const Edge& edge);
  void deposit(const Edge& edge, Tensor gradient, const TensorSpec& spec);
  void enqueue(const std::shared_ptr<Node>& node);
  void count_uses(const Node& root);
  void settle(const Edge& edge);

  const GradientHook& hook_;
  std::priority_queue<std::shared_ptr<Node>, std::vector<std::shared_ptr<Node>>, ByAge> queue_;
  std::vector<Deferred> deferred_;
  std::unordered_map<const TensorImpl*, int> uses_;  // only with a hook: edges to a leaf still to come
};

}  // namespace strata
