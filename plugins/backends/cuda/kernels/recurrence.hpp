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

// The elements of a tensor, null where there is none.
template <class T>
T* data_of(const View& view) {
  return view.present() ? view.as<T>() : nullptr;
}

// Whether these kernels take a call: all but empty ones.
bool supports_recurrence(const KernelCall& call);

// A gradient of an initial state: `through` (that of the state, [B,H]) came through step 0; rows of length 0 hand on
// the one of the last state, `last`, or zero where that is absent.
void store_state_gradient(const Recurrence& r, const View& through, const View& last, const View& to);

// Gradients of x, the weights and the biases from those of the pre-activations of all steps, [B*T, G*H]; of the input's
// part and the state's, which are the same for all but gru.
void close_backward(const BackwardCall& call, const Recurrence& r, const View& x_gates, const View& h_gates);

// The inputs that close_backward reads, and those that it can add to.
constexpr std::uint64_t kClosingReads = 1U << kX | 1U << kWeightIh | 1U << kWeightHh | 1U << kH0;
constexpr std::uint64_t kClosingAdds = 1U << kX | 1U << kWeightIh | 1U << kWeightHh | 1U << kBiasIh | 1U << kBiasHh;

}  // namespace strata::cuda
