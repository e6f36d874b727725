// Fusion: compositions that are elementwise, as programs that a device's row for them runs. Private to libstrata.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string_view>

#include "ops/program/formula.hpp"
#include "strata/ops/op.hpp"

namespace strata {

// What a composition is for one kind of call: op, attributes, dtypes and shapes.
class Composition {
 public:
  struct Gradient {
    Program program;          // on the op's inputs and the gradients of its outputs
    std::vector<int> inputs;  // whose gradients its outputs are
    std::uint64_t reads;      // bit i: it reads input i
  };

  Composition(detail::Formula formula, const Program& program, int input_count)
      : formula_(std::move(formula)), program_(program), input_count_(input_count) {}
  Composition(const Composition&) = delete;
  Composition& operator=(const Composition&) = delete;

  const Program& program() const { return program_; }
  // Of the inputs in `needs`, bit o of `given` saying that output o has a gradient; made once. Null where there is no
  // such program.
  const Gradient* gradient(std::uint64_t needs, std::uint64_t given) const;
  // Bit i: input i has to be kept until then. With fewer needed or given no other is read.
  std::uint64_t reads(std::uint64_t needs) const;

 private:
  detail::Formula formula_;
  Program program_;
  int input_count_;
  mutable std::mutex mutex_;
  mutable std::map<std::pair<std::uint64_t, std::uint64_t>, std::unique_ptr<const Gradient>> gradients_;
};

// Of a call that `infer` took; looked up from the second time on. Null where its composition is not elementwise
// throughout, or too long.
std::shared_ptr<const Composition> composition_of(const OpCall& call, std::span<const TensorSpec> outputs);

// A composition and the row that runs it.
struct Fusion {
  const KernelRow* row = nullptr;
  std::shared_ptr<const Composition> composition;

  explicit operator bool() const { return composition != nullptr; }
};

// The best of a kind of device's rows for programs that takes the call; none where there is none.
Fusion find_fusion(const OpCall& call, std::span<const TensorSpec> outputs, std::string_view device,
                   KernelCall kernel_call);

// The gradients of all inputs, undefined where not needed or not reached. Nothing where there is no program for them.
std::optional<Tensors> fused_gradients(const Fusion& fusion, const VjpCall& call);

}  // namespace strata
