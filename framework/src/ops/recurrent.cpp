// The recurrent rows over a sequence: lstm, gru, rnn. B batch, T time, I input width, H hidden, G gates.
// Inputs of a call: x, weight_ih, weight_hh, bias_ih, bias_hh, h0, (lstm: c0,) lengths; attribute `reverse`.
// Outputs: y [B,T,H], h_n [B,H], (lstm: c_n [B,H]).
#include "ops/families.hpp"
#include "strata/autograd/time_loop.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

enum Input : std::size_t { kX, kWeightIh, kWeightHh, kBiasIh, kBiasHh, kH0 };

// What differs between the three: gates, and states beside the output.
struct Kind {
  int gates;
  std::size_t states;  // h; h and c

  std::size_t lengths() const { return kH0 + states; }
};
constexpr Kind kLstmKind{4, 2}, kGruKind{3, 1}, kRnnKind{1, 1};

// The cell is summed over time, so it stays wide where the output is of 16 bits.
DType cell_dtype(DType dtype) { return dtype == DType::f64 ? DType::f64 : DType::f32; }

void check_shape(const OpCall& call, const char* name, const Tensor& tensor, const Shape& shape) {
  if (tensor.shape() == shape) return;
  throw Error("E_SHAPE", "[" + std::string(call.op.name) + "]",
              std::string(name) + " is " + describe(tensor) + ", needed is " + shape.str() + "; x " +
                  describe(call.inputs[kX]) + ", weight_ih " + describe(call.inputs[kWeightIh]));
}

void check_dtype(const OpCall& call, const char* name, const Tensor& tensor, bool right, const char* rule) {
  if (right) return;
  throw Error("E_DTYPE", "[" + std::string(call.op.name) + "]",
              std::string(name) + " is " + describe(tensor) + "; x " + describe(call.inputs[kX]), rule);
}

std::vector<TensorSpec> infer(const OpCall& call, const Kind& kind) {
  const Tensor &x = call.inputs[kX], &weight_ih = call.inputs[kWeightIh], &weight_hh = call.inputs[kWeightHh];
  const std::string place = "[" + std::string(call.op.name) + "]";
  if (x.rank() != 3 || x.size(1) < 1) throw Error("E_SHAPE", place, "x is " + describe(x), "[B,T,I] with T >= 1");
  check_dtype(call, "x", x, is_floating(x.dtype()), "a floating type is needed");
  const std::int64_t gates = weight_hh.rank() == 2 ? weight_hh.size(0) : 0, hidden = gates / kind.gates;
  if (hidden < 1 || gates % kind.gates != 0) {
    throw Error("E_SHAPE", place, "weight_hh is " + describe(weight_hh),
                "[G*H,H] with G = " + std::to_string(kind.gates));
  }
  check_shape(call, "weight_hh", weight_hh, {gates, hidden});
  check_shape(call, "weight_ih", weight_ih, {gates, x.size(2)});
  const char* names[] = {"", "weight_ih", "weight_hh", "bias_ih", "bias_hh"};
  for (std::size_t i = kWeightIh; i <= kBiasHh; ++i) {
    const Tensor& weight = call.inputs[i];
    if (!weight.defined()) continue;
    if (i >= kBiasIh) check_shape(call, names[i], weight, {gates});
    const bool narrow = size_of(x.dtype()) == 2 && weight.dtype() == DType::f32;
    check_dtype(call, names[i], weight, narrow || weight.dtype() == x.dtype(), "x's type, or f32 beside a 16-bit x");
  }
  const Shape state{x.size(0), hidden};
  const DType dtypes[] = {x.dtype(), cell_dtype(x.dtype())};
  std::vector<TensorSpec> specs{spec_of(x.dtype(), {x.size(0), x.size(1), hidden})};
  for (std::size_t k = 0; k < kind.states; ++k) {
    specs.push_back(spec_of(dtypes[k], state));
    const Tensor& first = call.inputs[kH0 + k];
    if (!first.defined()) continue;
    check_shape(call, k == 0 ? "h0" : "c0", first, state);
    check_dtype(call, k == 0 ? "h0" : "c0", first, first.dtype() == dtypes[k], "h0 has x's type, c0 f32 (f64 for f64)");
  }
  const Tensor& lengths = call.inputs[kind.lengths()];
  if (lengths.defined()) {
    check_shape(call, "lengths", lengths, {x.size(0)});
    check_dtype(call, "lengths", lengths, lengths.dtype() == DType::i64, "i64 is needed");
  }
  return specs;
}

// Biases that are only ever added up, as one.
Tensor joint_bias(const OpCall& call) {
  const Tensor &a = call.inputs[kBiasIh], &b = call.inputs[kBiasHh];
  return a.defined() && b.defined() ? a + b : a.defined() ? a : b;
}

// For each step: the rows that have not ended [B,1]; nothing when all run to the end.
Tensors live_rows(const OpCall& call, const Kind& kind) {
  const Tensor& lengths = call.inputs[kind.lengths()];
  if (!lengths.defined()) return {};
  const Tensor step = reshape(iota(call.inputs[kX].size(1)), {1, -1, 1});
  return unbind(less(step, reshape(lengths, {-1, 1, 1})), 1);
}

Tensors first_states(const OpCall& call, const Kind& kind) {
  const Tensor& x = call.inputs[kX];
  const Shape shape{x.size(0), call.inputs[kWeightHh].size(1)};
  Tensors states;
  for (std::size_t k = 0; k < kind.states; ++k) {
    const Tensor& given = call.inputs[kH0 + k];
    const DType dtype = k == 0 ? x.dtype() : cell_dtype(x.dtype());
    states.push_back(given.defined() ? given : Tensor::zeros(shape, dtype, x.device()));
  }
  return states;
}

// Walks the steps. step(gates of t, states) -> next states, whose first is the output. Where a row has ended its state
// is held and its output is zero; so a reversed walk starts each row at its own last step.
template <class Step>
Tensors over_time(const OpCall& call, const Kind& kind, const Tensor& all_gates, const Step& step) {
  const TimeLoop loop;
  const Tensors gates = unbind(all_gates, 1), live = live_rows(call, kind);
  const Tensor zero = Tensor::scalar(0, call.inputs[kX].dtype(), call.inputs[kX].device());
  Tensors states = first_states(call, kind), outputs(gates.size());
  for (std::size_t n = 0; n < gates.size(); ++n) {
    const std::size_t t = call.attributes.flag("reverse") ? gates.size() - 1 - n : n;
    Tensors next = step(gates[t], states);
    outputs[t] = next[0];
    if (!live.empty()) {
      outputs[t] = where(live[t], next[0], zero);
      for (std::size_t k = 0; k < next.size(); ++k) next[k] = where(live[t], next[k], states[k]);
    }
    states = std::move(next);
  }
  states.insert(states.begin(), stack(outputs, 1));
  return states;
}

Tensors lstm_compose(const OpCall& call) {
  const Tensor gates = linear(call.inputs[kX], call.inputs[kWeightIh], joint_bias(call));  // [B,T,4H]
  return over_time(call, kLstmKind, gates, [&](const Tensor& x_gates, const Tensors& states) {
    const CellState next = lstm_cell(linear(states[0], call.inputs[kWeightHh], {}, x_gates), states[1]);
    return Tensors{next.hidden, next.cell};
  });
}

Tensors gru_compose(const OpCall& call) {
  const Tensor gates = linear(call.inputs[kX], call.inputs[kWeightIh], call.inputs[kBiasIh]);  // [B,T,3H]
  return over_time(call, kGruKind, gates, [&](const Tensor& x_gates, const Tensors& states) {
    const Tensor h_gates = linear(states[0], call.inputs[kWeightHh], call.inputs[kBiasHh]);
    return Tensors{gru_cell(x_gates, h_gates, states[0])};
  });
}

Tensors rnn_compose(const OpCall& call) {
  const Tensor gates = linear(call.inputs[kX], call.inputs[kWeightIh], joint_bias(call));  // [B,T,H]
  return over_time(call, kRnnKind, gates, [&](const Tensor& x_gates, const Tensors& states) {
    return Tensors{tanh(linear(states[0], call.inputs[kWeightHh], {}, x_gates))};
  });
}

std::vector<TensorSpec> lstm_infer(const OpCall& call) { return infer(call, kLstmKind); }
std::vector<TensorSpec> gru_infer(const OpCall& call) { return infer(call, kGruKind); }
std::vector<TensorSpec> rnn_infer(const OpCall& call) { return infer(call, kRnnKind); }

const Op kLstm{.name = "lstm", .infer = lstm_infer, .compose = lstm_compose};
const Op kGru{.name = "gru", .infer = gru_infer, .compose = gru_compose};
const Op kRnn{.name = "rnn", .infer = rnn_infer, .compose = rnn_compose};

OpAttributes direction(bool reverse) { return OpAttributes().integer("reverse", reverse ? 1 : 0); }

Tensor state_as(const Tensor& state, DType dtype) { return state.defined() ? cast(state, dtype) : state; }

RecurrentOutput run(const Op& op, const Tensor& x, const RecurrentWeights& w, const Tensor& h0, const Tensor& lengths,
                    bool reverse) {
  Tensors out = apply(op, {x, w.input, w.hidden, w.input_bias, w.hidden_bias, state_as(h0, x.dtype()), lengths},
                      direction(reverse));
  return {out[0], out[1], {}};
}

}  // namespace

std::vector<const Op*> detail::recurrent_ops() {
  std::vector<const Op*> ops = cell_ops();
  ops.insert(ops.end(), {&kLstm, &kGru, &kRnn});
  return ops;
}

RecurrentOutput lstm(const Tensor& x, const RecurrentWeights& w, const Tensor& h0, const Tensor& c0,
                     const Tensor& lengths, bool reverse) {
  Tensors out = apply(kLstm,
                      {x, w.input, w.hidden, w.input_bias, w.hidden_bias, state_as(h0, x.dtype()),
                       state_as(c0, cell_dtype(x.dtype())), lengths},
                      direction(reverse));
  return {out[0], out[1], out[2]};
}

RecurrentOutput gru(const Tensor& x, const RecurrentWeights& w, const Tensor& h0, const Tensor& lengths, bool reverse) {
  return run(kGru, x, w, h0, lengths, reverse);
}

RecurrentOutput rnn(const Tensor& x, const RecurrentWeights& w, const Tensor& h0, const Tensor& lengths, bool reverse) {
  return run(kRnn, x, w, h0, lengths, reverse);
}

}  // namespace strata
