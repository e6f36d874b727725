// Trace: runs a composition on tensors that have a shape and a dtype but no elements, and writes down what it does.
// Private to libstrata.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>

#include "ops/program/formula.hpp"
#include "strata/ops/op.hpp"

namespace strata::detail {

class TraceDevice;

class Trace {
 public:
  // What the composition of the call computes, `outputs` being what `infer` says of it. Nothing where it is not
  // elementwise throughout: another op, a view, an element that the host looks at, integers, tensors from elsewhere.
  static std::optional<Formula> of(const OpCall& call, std::span<const TensorSpec> outputs);

  // The trace that this thread is in, to which apply() hands what it is called with; null: none.
  static Trace* current();
  // Notes what a composition does.
  Tensors apply(const OpCall& call);
  // Ends the trace: it is not elementwise.
  [[noreturn]] void refuse();

  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

 private:
  Trace();
  ~Trace();

  Tensor placeholder(const TensorSpec& spec, int value);
  int value_of(const Tensor& tensor);
  Tensors nested(const OpCall& call);
  int cast(const Tensor& from, int value, DType to);
  bool has_gradient() const;
  int noted(int value);  // marks whether gradients go through it
  int same(int value);   // as the value of a further tensor

  struct Known {
    Tensor tensor;  // kept, so that no other comes to have its address
    int value;
  };
  std::shared_ptr<TraceDevice> device_;
  std::unordered_map<const TensorImpl*, Known> known_;
  Formula formula_;
  int without_gradient_ = 0;  // how many ops around what is traced have none
  bool refused_ = false;
};

}  // namespace strata::detail
