// One step of an LSTM or a GRU from its pre-activations: the rows lstm_cell and gru_cell.
#include "ops/families.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/shape.hpp"

namespace strata {
namespace {

DType wide_of(DType dtype) { return dtype == DType::f64 ? DType::f64 : DType::f32; }
Tensor wide(const Tensor& x) { return cast(x, wide_of(x.dtype())); }

// Gate `index` of [..., n * hidden].
Tensor gate(const Tensor& gates, std::int64_t index, std::int64_t hidden) {
  return slice(gates, -1, index * hidden, (index + 1) * hidden);
}

void check(bool right, const OpCall& call, const char* names, const char* rule) {
  if (right) return;
  std::string actual;
  for (const Tensor& input : call.inputs) actual += (actual.empty() ? "" : ", ") + describe(input);
  throw Error("E_SHAPE", "[" + std::string(call.op.name) + "]", std::string(names) + " are " + actual, rule);
}

// True when `gates` is [..., count * H] for a state [..., H].
bool gates_of(const Tensor& gates, const Tensor& state, int count) {
  if (state.rank() < 1 || gates.rank() != state.rank()) return false;
  Shape shape = state.shape();
  shape[-1] *= count;
  return gates.shape() == shape && is_floating(gates.dtype()) && is_floating(state.dtype());
}

std::vector<TensorSpec> lstm_infer(const OpCall& call) {
  const Tensor &gates = call.inputs[0], &cell = call.inputs[1];
  check(gates_of(gates, cell, 4), call, "gates, cell", "floating [B,4H] and [B,H] are needed");
  return {spec_of(gates.dtype(), cell.shape()), spec_of(cell.dtype(), cell.shape())};
}

struct LstmGates {
  Tensor i, f, g, o;
};
LstmGates activated(const Tensor& gates, std::int64_t hidden) {
  const Tensor all = wide(gates);
  return {sigmoid(gate(all, 0, hidden)), sigmoid(gate(all, 1, hidden)), tanh(gate(all, 2, hidden)),
          sigmoid(gate(all, 3, hidden))};
}

// c' = s(f) c + s(i) tanh(g), h' = s(o) tanh(c')
Tensors lstm_compose(const OpCall& call) {
  const Tensor &gates = call.inputs[0], &cell = call.inputs[1];
  const auto [i, f, g, o] = activated(gates, cell.size(-1));
  const Tensor next = f * cell + i * g;
  return {cast(o * tanh(next), gates.dtype()), cast(next, cell.dtype())};
}

// dc = dc' + dh' o (1 - tanh(c')^2); gates: dc g i(1-i), dc c f(1-f), dc i (1-g^2), dh' tanh(c') o(1-o); cell: dc f.
Tensors lstm_vjp(const VjpCall& call) {
  const Tensor &gates = call.inputs[0], &cell = call.inputs[1];
  const auto [i, f, g, o] = activated(gates, cell.size(-1));
  const Tensor t = tanh(wide(call.outputs[1]));
  Tensor dc = call.gradients[1].defined() ? wide(call.gradients[1]) : Tensor(), d_o;
  if (call.gradients[0].defined()) {
    const Tensor dh = wide(call.gradients[0]), through = dh * o * (1.0 - t * t);
    dc = dc.defined() ? dc + through : through;
    d_o = dh * t * o * (1.0 - o);
  } else {
    d_o = dc * 0.0;
  }
  Tensor d_gates;
  if (call.needed(0)) {
    d_gates = concat({dc * g * i * (1.0 - i), dc * wide(cell) * f * (1.0 - f), dc * i * (1.0 - g * g), d_o}, -1);
  }
  return {d_gates, call.needed(1) ? dc * f : Tensor()};
}

std::vector<TensorSpec> gru_infer(const OpCall& call) {
  const Tensor &x = call.inputs[0], &h = call.inputs[1], &hidden = call.inputs[2];
  check(gates_of(x, hidden, 3) && gates_of(h, hidden, 3), call, "x_gates, h_gates, hidden",
        "floating [B,3H], [B,3H] and [B,H] are needed");
  return {spec_of(hidden.dtype(), hidden.shape())};
}

struct GruGates {
  Tensor r, z, n, h_n;
};
GruGates activated(const Tensor& x_gates, const Tensor& h_gates, std::int64_t hidden) {
  const Tensor x = wide(x_gates), h = wide(h_gates);
  const Tensor h_n = gate(h, 2, hidden);
  const Tensor r = sigmoid(gate(x, 0, hidden) + gate(h, 0, hidden));
  const Tensor z = sigmoid(gate(x, 1, hidden) + gate(h, 1, hidden));
  return {r, z, tanh(gate(x, 2, hidden) + r * h_n), h_n};
}

// n = tanh(x_n + r h_n), h' = n + z (h - n)
Tensors gru_compose(const OpCall& call) {
  const Tensor& hidden = call.inputs[2];
  const GruGates g = activated(call.inputs[0], call.inputs[1], hidden.size(-1));
  return {cast(g.n + g.z * (wide(hidden) - g.n), hidden.dtype())};
}

// Of the pre-activations: n: dn = dh' (1-z) (1-n^2); z: dh' (h-n) z(1-z); r: dn h_n r(1-r). h_n: dn r; h: dh' z.
Tensors gru_vjp(const VjpCall& call) {
  const Tensor hidden = wide(call.inputs[2]), dh = wide(call.gradient());
  const auto [r, z, n, h_n] = activated(call.inputs[0], call.inputs[1], hidden.size(-1));
  const Tensor d_n = dh * (1.0 - z) * (1.0 - n * n);
  const Tensor d_z = dh * (hidden - n) * z * (1.0 - z);
  const Tensor d_r = d_n * h_n * r * (1.0 - r);
  return {call.needed(0) ? concat({d_r, d_z, d_n}, -1) : Tensor(),
          call.needed(1) ? concat({d_r, d_z, d_n * r}, -1) : Tensor(), call.needed(2) ? dh * z : Tensor()};
}

const Op kLstmCell{.name = "lstm_cell",
                   .infer = lstm_infer,
                   .compose = lstm_compose,
                   .vjp = lstm_vjp,
                   .vjp_reads_inputs = bit(0) | bit(1),
                   .vjp_reads_outputs = bit(1)};
const Op kGruCell{.name = "gru_cell",
                  .infer = gru_infer,
                  .compose = gru_compose,
                  .vjp = gru_vjp,
                  .vjp_reads_inputs = bit(0) | bit(1) | bit(2)};

}  // namespace

std::vector<const Op*> detail::cell_ops() { return {&kLstmCell, &kGruCell}; }

CellState lstm_cell(const Tensor& gates, const Tensor& cell) {
  Tensors both = apply(kLstmCell, {gates, cell});
  return {both[0], both[1]};
}
Tensor gru_cell(const Tensor& x_gates, const Tensor& h_gates, const Tensor& hidden) {
  return apply_one(kGruCell, {x_gates, h_gates, hidden});
}

}  // namespace strata
