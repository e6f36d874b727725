// Choosing and running kernels, forward and backward. Private to libstrata.
#pragma once

#include <chrono>
#include <optional>

#include "autograd/node.hpp"
#include "ops/program/fusion.hpp"
#include "strata/autograd/profile.hpp"
#include "strata/tensor/context.hpp"

namespace strata {

// The device of a call: that of its inputs, which must agree (E_DEVICE_MIXED).
std::shared_ptr<Device> device_of(const Op& op, std::span<const Tensor> inputs);

struct ForwardRun {
  const KernelRow* row;  // null: no kernel supports the call
  bool composition_forced = false;
  Fusion fusion;  // with the row of programs: which ran
  Tensors outputs, extras;
};
ForwardRun run_forward(const OpCall& call, bool recording);

// Runs a program; inputs may be undefined, outputs are dense and of one shape.
void run_program(const KernelRow& row, const Program& program, std::span<const Tensor> inputs,
                 std::span<const Tensor> outputs);

// Runs a kernel on targets that exist already, as its outputs. Throws E_DEVICE_KERNEL when there is none.
void run_in_place(const OpCall& call, std::span<const Tensor> targets);

struct BackwardTarget {
  Tensor gradient;          // undefined: not wanted
  bool accumulate = false;  // add to what is there
};
// Runs row.backward into targets (defined ones are allocated by the caller).
void run_backward(const KernelRow& row, const VjpCall& call, std::span<const Tensor> extras,
                  std::span<const BackwardTarget> targets);

// Adds the time of its scope to the context's profile, if there is one.
class Timed {
 public:
  Timed(const Op& op, const char* phase) : profile_(context().profile), op_(op.name), phase_(phase) {
    if (profile_ != nullptr) start_ = std::chrono::steady_clock::now();
  }
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;
  void served_by(const char* provider) { provider_ = provider; }
  ~Timed() {
    if (profile_ == nullptr) return;
    const auto spent = std::chrono::steady_clock::now() - start_;
    profile_->add(op_, phase_, provider_, std::chrono::duration_cast<std::chrono::nanoseconds>(spent).count());
  }

 private:
  Profile* profile_;
  const char* op_;
  const char* phase_;
  const char* provider_ = "none";
  std::chrono::steady_clock::time_point start_;
};

}  // namespace strata
