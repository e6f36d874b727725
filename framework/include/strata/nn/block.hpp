// Block: one layer in a stack over a sequence. It reads its own sequence and, in a decoder, another one, and it may
// cache what it has read so that its own sequence can grow. Legend: B batch, R rows = B*n (n beams), T time, Ts time of
// the other sequence, C width.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "strata/nn/attention.hpp"

namespace strata {

class STRATA_API Block : public Layer {
 public:
  static constexpr std::string_view kRole = "block";
  struct Facts {
    std::int64_t width = 0;   // C
    std::int64_t memory = 0;  // width of the other sequence; 0: there is none
    bool causal = false;      // true: a position reads itself and earlier positions only
    // Positions that act within attention over the own sequence; null: there are none.
    std::shared_ptr<const Positional> positions = nullptr;
  };

  // The state of a block during the calls for one batch.
  struct State {
    Memory memory;     // attention memory of the other sequence
    Mask memory_mask;  // valid positions of the other sequence
    // True when the own sequence comes in parts; `past` then keeps the parts read so far.
    bool grows = false;
    // Attention memory of the own sequence; empty before the first call, and when `grows` is false.
    Memory past;
    // Attention weights f32 [R,T,Ts] of the last call over the other sequence; undefined when they are not captured.
    Tensor weights = {};
  };

  // Makes the state for the other sequence [B,Ts,memory], once before all calls.
  virtual State begin(const Tensor& memory, const Mask& mask) = 0;
  // x [R,T,C] -> [R,T,C]. mask.keys marks the valid positions of the past and of x.
  virtual Tensor operator()(const Tensor& x, const Mask& mask, State& state) = 0;
  // Returns whether the output is normalised. It is not when the norms are before the sublayers; a host then adds a
  // norm after the last block.
  virtual bool normalised() const = 0;
  // Returns what the block lacks to apply positions with these traits, as Attention::lacks(), and by which part: ""
  // when it applies them. Default: a block applies none that rotate or bias.
  virtual std::string lacks(const Positional& positions) const;
  // Selects rows: row i of the past becomes row rows[i] of the old one. When `sentences` is defined, it selects rows of
  // the memory.
  static void reorder(State& state, const Tensor& rows, const Tensor& sentences);
  // Generator::reserve() and Generator::visit() for the state of one block.
  static bool reserve(State& state, std::int64_t read, std::int64_t more);
  static void visit(State& state, const std::function<void(Tensor&)>& each);
};

}  // namespace strata
