// Context: the settings of this thread that ops read: recording of gradients, training mode, precision, device, random
// step.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

struct LoopState;
struct Storage;
class Profile;

// The settings. context() returns those of this thread, and a ContextScope restores them at its end.
struct Context {
  bool recording = true;  // true: gradients are recorded
  bool training = false;  // true: dropout is active
  // The compute type of linear, matmul, lstm, gru and embedding: f32, bf16 or f16 (f64 in checks).
  DType compute = DType::f32;
  bool capture_weights = false;    // true: attention weights are returned
  std::shared_ptr<Device> device;  // device of new tensors; null: the CPU
  Tensor random_step;  // 0-d i64: hash of update, micro-batch and rank, which is an input of every random op
  std::map<std::string, std::string, std::less<>>
      kernels;  // op -> forced provider ("reference", "composition", "onednn", ...)
  // The state of the innermost TimeLoop; for libstrata only.
  std::shared_ptr<LoopState> loop;
  // The profile in which op calls are counted; null: none. It must outlive the scope.
  Profile* profile = nullptr;
  // A list of the storages that ops change in place, which recorded work needs; null: none. For libstrata only.
  std::vector<std::weak_ptr<Storage>>* changed = nullptr;
  // True while a segment of checkpoint() runs a second time, for its gradients: what it changes is changed already.
  bool recomputing = false;
  // Set to true by an op that would be recorded if `recording` were on; null: nobody asks. For libstrata only.
  bool* would_record = nullptr;
};

// Returns the context of this thread, which may be read and changed.
STRATA_API Context& context();

// Restores the whole context of this thread at the end of the scope.
class STRATA_API ContextScope {
 public:
  ContextScope();
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;
  ~ContextScope();

 private:
  std::unique_ptr<Context> saved_;
};

// A scope in which gradients are not recorded.
class NoGrad : ContextScope {
 public:
  NoGrad() { context().recording = false; }
};

}  // namespace strata
