// Context: what surrounds a forward, scoped to the thread: recording, training mode, precision, RNG position, capture.
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

// The state itself; context() is the present thread's, a ContextScope brings it back.
struct Context {
  bool recording = true;           // gradients are recorded
  bool training = false;           // dropout is active
  DType compute = DType::f32;      // what linear, matmul, lstm, gru, embedding compute in: f32, bf16 (or f64 in checks)
  bool capture_weights = false;    // attention weights are wanted
  std::shared_ptr<Device> device;  // null: cpu
  Tensor random_step;              // 0-d i64: hash of (update, micro-batch, rank); input of every random op
  std::map<std::string, std::string, std::less<>>
      kernels;  // op -> provider ("reference", "composition", "onednn", ...)
  // Of the innermost TimeLoop; libstrata's own.
  std::shared_ptr<LoopState> loop;
  // Where op calls are counted; null: nowhere. Outlives the scope.
  Profile* profile = nullptr;
  // Where what ops change in place is noted, for work that is replayed; null: nowhere. libstrata's own.
  std::vector<std::weak_ptr<Storage>>* changed = nullptr;
};

// This thread's, to read and to change.
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

// No gradient is recorded within this scope.
class NoGrad : ContextScope {
 public:
  NoGrad() { context().recording = false; }
};

}  // namespace strata
