// Block: one layer of a stack over a sequence: it reads its own sequence, perhaps another one, and may keep what it has
// read so that the sequence can grow. Legend: B batch, R rows = B*n (n beams), T time, Ts other sequence's time, C
// width.
#pragma once

#include <string_view>

#include "strata/nn/attention.hpp"

namespace strata {

class STRATA_API Block : public Layer {
 public:
  static constexpr std::string_view kRole = "block";
  struct Facts {
    std::int64_t width = 0;   // C
    std::int64_t memory = 0;  // width of another sequence that it reads, too; 0: none
    bool causal = false;      // a position sees itself and what stands before it
  };

  // What a block knows beside its input.
  struct State {
    Memory memory;        // the other sequence, prepared
    Mask memory_mask;     // which of its keys are valid
    bool grows = false;   // the sequence comes in parts: `past` keeps those read so far
    Memory past;          // of the own sequence; empty at first, and where nothing grows
    Tensor weights = {};  // f32 [R,T,Ts] of the last call, when the context captures them and there are some
  };

  // The other sequence [B,Ts,memory], once for all calls.
  virtual State begin(const Tensor& memory, const Mask& mask) = 0;
  // x [R,T,C] -> [R,T,C]; `mask.keys` says which of x (and of the past) are valid.
  virtual Tensor operator()(const Tensor& x, const Mask& mask, State& state) = 0;
  // False when what comes out is a plain sum (norms stand before the sublayers), so that a host puts a norm behind the
  // last block.
  virtual bool normalised() const = 0;
  // Row i of the past becomes row rows[i] of what it was; `sentences` (when defined) chooses rows of the memory.
  static void reorder(State& state, const Tensor& rows, const Tensor& sentences);
  // As Generator::reserve and visit, of one block's state.
  static bool reserve(State& state, std::int64_t read, std::int64_t more);
  static void visit(State& state, const std::function<void(Tensor&)>& each);
};

}  // namespace strata
