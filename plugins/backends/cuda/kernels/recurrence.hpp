// What lstm, gru and rnn over a sequence share. One product gives the gates' part of all inputs, then each step is a
// product with the recurrent weight and one kernel; backward closes with one product each for x and both weights. Rows
// stay batch first: (b, t) of a [B,T,*] tensor is row b * T + t. Lengths are read on the device alone, so every row is
// taken through all T steps, and one that has ended holds its state and writes zeros.
// B batch, T time, I input width, H hidden, G gates.
#pragma once

#include "kernels/convert.hpp"
#include "kernels/rows.hpp"
#include "kernels/typed.hpp"
#include "sequence_product.hpp"

namespace strata::cuda {

// Inputs of a call; c0 (of lstm) and the lengths follow.
enum SequenceInput { kX, kWeightIh, kWeightHh, kBiasIh, kBiasHh, kH0 };

// What a thread has to know of the sequence.
struct Steps {
  const std::int64_t* lengths;  // null: all rows run to the end
  std::int64_t lengths_stride, batch, time, hidden;
  bool reverse;

  STRATA_BOTH std::int64_t length(std::int64_t b) const {
    if (lengths == nullptr) return time;
    const std::int64_t n = lengths[b * lengths_stride];
    return n < 0 ? 0 : n < time ? n : time;
  }
  // Row of [B*T] that `step` of batch row b is at. Of a row that has ended, the padding behind it, each step its own.
  STRATA_BOTH std::int64_t at(std::int64_t b, std::int64_t step, std::int64_t length) const {
    return b * time + (reverse && step < length ? length - 1 - step : step);
  }
  // The row of the step before that of row `at`.
  STRATA_BOTH std::int64_t before(std::int64_t at) const { return reverse ? at + 1 : at - 1; }
};

// One call, seen from the host.
class Recurrence {
 public:
  template <class Call>
  Recurrence(const Call& call, int gates_of, const char* op)
      : Recurrence({call.attributes, call.inputs, call.input_count, call.workspace, call.stream}, gates_of, op) {}

  bool has(int input) const { return input < count_ && inputs_[input].present(); }
  std::int64_t rows() const { return steps.batch * steps.time; }

  View room(DType of, std::int64_t rows, std::int64_t columns) const;  // a matrix for the length of the call
  View x() const;                                                      // [B*T, I]
  View weight(int i) const;                                            // of x's type
  View state(int i) const;                                             // an initial state, dense; absent if not given
  View gradient(const View& of) const;  // the gradient of an output, dense; absent if it is zero
  // y as it was before each step, in the row's direction: [B*T, H].
  View previous(const View& y) const;
  // y = a b, or y += a b.
  void multiply(const View& a, const View& b, const View& y, bool adds) const;
  // The biases [G*H], as wide numbers: their sum up to gate `apart`, from there on b_ih and then b_hh. Null without.
  void* biases(int apart) const;
  // An initial state, or zeros.
  void begin(int input, const View& state) const;
  // The kernel of each step, first to last; before it `product` = state weight_hh^T, [B,G*H], where there is a state.
  template <class Step>
  void run(Step step, const View& state) const;
  // The kernel of each step, last to first; behind it d_hidden = (adds: +=) step_gates weight_hh, of step 0 where
  // `first` says that it is wanted.
  template <class Step>
  void run_back(Step step, const View& step_gates, const View& d_hidden, bool adds, bool first) const;

  Steps steps;
  DType dtype, wide;   // of x; f32, f64 for f64
  std::int64_t gates;  // G
  Workspace* workspace;
  void* stream;
  const char* what;  // the op

 private:
  struct Given {
    const Attributes& attributes;
    const View* inputs;
    std::int32_t count;
    Workspace* workspace;
    void* stream;
  };
  Recurrence(const Given& call, int gates_of, const char* op);

  const View* inputs_;
  std::int32_t count_;
  mutable InTurns turns_;
};

template <class Step>
void Recurrence::run(Step step, const View& state) const {
  const View weight = turned(this->weight(kWeightHh)), recurrent = room(wide, steps.batch, gates * steps.hidden);
  for (; step.step < steps.time; ++step.step) {
    if (step.step > 0 || has(kH0)) {
      multiply(state, weight, recurrent, false);
      step.product = recurrent.as<typename Step::C>();
    }
    each(steps.batch * steps.hidden, stream, what, step);
  }
}
template <class Step>
void Recurrence::run_back(Step step, const View& step_gates, const View& d_hidden, bool adds, bool first) const {
  const View weight = this->weight(kWeightHh);
  for (; step.step >= 0; --step.step) {
    each(steps.batch * steps.hidden, stream, what, step);
    if (step.step > 0 || first) multiply(step_gates, weight, d_hidden, adds);
  }
}

// The elements of a tensor, null where there is none.
template <class T>
T* data_of(const View& view) {
  return view.present() ? view.as<T>() : nullptr;
}

// A layer's row. It takes all but empty calls; its backward reads y, and of the inputs what close_backward does, those
// of `reads` and the lengths, which are the last one.
KernelRow recurrent_row(const char* op, void (*forward)(const KernelCall&), void (*backward)(const BackwardCall&),
                        std::uint64_t reads);

// A gradient of an initial state: `through` (that of the state, [B,H]) came through step 0; rows of length 0 hand on
// the one of the last state, `last`, or zero where that is absent.
void store_state_gradient(const Recurrence& r, const View& through, const View& last, const View& to);

// Gradients of x, the weights and the biases from those of the pre-activations of all steps, [B*T, G*H]; of the input's
// part and the state's, which are the same for all but gru.
void close_backward(const BackwardCall& call, const Recurrence& r, const View& x_gates, const View& h_gates);

}  // namespace strata::cuda
