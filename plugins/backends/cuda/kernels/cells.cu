// lstm_cell and gru_cell, a thread a unit: one step from the gates' pre-activations, as decoders use it inside their
// time loop. Backward computes the activations again: reading the gates costs what reading activations would, and none
// have to be kept.
#include "kernels/gates.hpp"
#include "kernels/rows.hpp"
#include "kernels/typed.hpp"
#include "sequence_product.hpp"

namespace strata::cuda {
namespace {

// As rows of elements: the view's own where its rows are dense, else a copy. Nothing where there is no tensor.
template <class T>
Lines<T> lines_of(const View& view, Workspace* workspace, void* stream) {
  if (!view.present()) return {nullptr, 0};
  std::int64_t rows = 0, stride = 0;
  if (as_matrix(view, &rows, &stride)) return {view.as<T>(), stride};
  return {dense_operand(view, view.dtype, workspace, stream).template as<T>(), view.size(-1)};
}
// Of what is written, which is dense.
template <class T>
Lines<T> lines_of(const View& view) {
  return {view.present() ? view.as<T>() : nullptr, view.present() ? view.size(-1) : 0};
}

// T: gates and hidden state; U: cell.
template <class T, class U>
struct LstmCell {
  Lines<T> gates;
  Lines<U> cell;
  Lines<T> hidden;
  Lines<U> next;
  std::int64_t width;
  STRATA_BOTH void operator()(std::int64_t unit) const {
    const auto [row, j] = in_rows(unit, width);
    const T* own = gates[row] + j;
    const auto activated =
        lstm_gates(widened(own[0]), widened(own[width]), widened(own[2 * width]), widened(own[3 * width]));
    const auto c = lstm_next(activated, widened(cell[row][j]));
    next[row][j] = narrowed<U>(c);
    hidden[row][j] = narrowed<T>(lstm_hidden(activated, c));
  }
};

template <class T, class U>
struct LstmCellBackward {
  using C = Compute<T>;
  Lines<T> gates;
  Lines<U> cell;
  Lines<T> d_hidden;  // any of these four may be nothing
  Lines<U> d_next;
  Lines<T> d_gates;
  Lines<U> d_cell;
  std::int64_t width;
  STRATA_BOTH void operator()(std::int64_t unit) const {
    const auto [row, j] = in_rows(unit, width);
    const T* own = gates[row] + j;
    const auto activated =
        lstm_gates(widened(own[0]), widened(own[width]), widened(own[2 * width]), widened(own[3 * width]));
    const C c = widened(cell[row][j]);
    const auto d = lstm_gradient(activated, c, lstm_next(activated, c), d_hidden ? widened(d_hidden[row][j]) : C{0},
                                 d_next ? widened(d_next[row][j]) : C{0});
    if (d_cell) d_cell[row][j] = narrowed<U>(d.cell);
    if (!d_gates) return;
    T* to = d_gates[row] + j;
    to[0] = narrowed<T>(d.i);
    to[width] = narrowed<T>(d.f);
    to[2 * width] = narrowed<T>(d.g);
    to[3 * width] = narrowed<T>(d.o);
  }
};

// visit(T{}, U{}) for gates and cell of one type, or an f32 cell beside 16-bit gates.
template <class Visit>
void with_cell_types(DType gates, DType cell, const Visit& visit) {
  with_floating(gates, [&](auto t) {
    if constexpr (sizeof t == 2) {
      if (cell == DType::f32) return visit(t, float{});
    }
    visit(t, t);
  });
}

bool lstm_supports(const KernelCall& call) {
  const DType gates = call.inputs[0].dtype, cell = call.inputs[1].dtype;
  return call.inputs[1].numel() > 0 && (gates == cell || (size_of(gates) == 2 && cell == DType::f32));
}

void lstm_forward(const KernelCall& call) {
  const View &gates = call.inputs[0], &cell = call.inputs[1];
  with_cell_types(gates.dtype, cell.dtype, [&](auto t, auto u) {
    using T = decltype(t);
    using U = decltype(u);
    each(cell.numel(), call.stream, "lstm_cell",
         LstmCell<T, U>{lines_of<T>(gates, call.workspace, call.stream), lines_of<U>(cell, call.workspace, call.stream),
                        lines_of<T>(call.outputs[0]), lines_of<U>(call.outputs[1]), cell.size(-1)});
  });
}

void lstm_backward(const BackwardCall& call) {
  const View &gates = call.inputs[0], &cell = call.inputs[1];
  with_cell_types(gates.dtype, cell.dtype, [&](auto t, auto u) {
    using T = decltype(t);
    using U = decltype(u);
    const auto lines = [&](const View& view, auto type) {
      return lines_of<decltype(type)>(view, call.workspace, call.stream);
    };
    each(cell.numel(), call.stream, "lstm_cell",
         LstmCellBackward<T, U>{lines(gates, t), lines(cell, u), lines(call.output_gradients[0], t),
                                lines(call.output_gradients[1], u), lines_of<T>(call.input_gradients[0]),
                                lines_of<U>(call.input_gradients[1]), cell.size(-1)});
  });
}

template <class T>
struct GruCell {
  Lines<T> x_gates, h_gates, hidden, next;
  std::int64_t width;
  STRATA_BOTH void operator()(std::int64_t unit) const {
    const auto [row, j] = in_rows(unit, width);
    const T *x = x_gates[row] + j, *h = h_gates[row] + j;
    const auto gates = gru_gates(widened(x[0]) + widened(h[0]), widened(x[width]) + widened(h[width]),
                                 widened(x[2 * width]), widened(h[2 * width]));
    next[row][j] = narrowed<T>(gru_hidden(gates, widened(hidden[row][j])));
  }
};

template <class T>
struct GruCellBackward {
  Lines<T> x_gates, h_gates, hidden, d_next;
  Lines<T> dx_gates, dh_gates, d_hidden;  // any of these may be nothing
  std::int64_t width;
  STRATA_BOTH void operator()(std::int64_t unit) const {
    const auto [row, j] = in_rows(unit, width);
    const T *x = x_gates[row] + j, *h = h_gates[row] + j;
    const auto gates = gru_gates(widened(x[0]) + widened(h[0]), widened(x[width]) + widened(h[width]),
                                 widened(x[2 * width]), widened(h[2 * width]));
    const auto d = gru_gradient(gates, widened(hidden[row][j]), widened(d_next[row][j]));
    const auto put = [&](T* to, Compute<T> last) {
      to[0] = narrowed<T>(d.r);
      to[width] = narrowed<T>(d.z);
      to[2 * width] = narrowed<T>(last);
    };
    if (dx_gates) put(dx_gates[row] + j, d.n);
    if (dh_gates) put(dh_gates[row] + j, d.h_n);
    if (d_hidden) d_hidden[row][j] = narrowed<T>(d.hidden);
  }
};

bool gru_supports(const KernelCall& call) {
  const View *in = call.inputs, &hidden = in[2];
  return hidden.numel() > 0 && in[0].dtype == hidden.dtype && in[1].dtype == hidden.dtype;
}

void gru_forward(const KernelCall& call) {
  const View& hidden = call.inputs[2];
  with_floating(hidden.dtype, [&](auto t) {
    using T = decltype(t);
    const auto lines = [&](int i) { return lines_of<T>(call.inputs[i], call.workspace, call.stream); };
    each(hidden.numel(), call.stream, "gru_cell",
         GruCell<T>{lines(0), lines(1), lines(2), lines_of<T>(call.outputs[0]), hidden.size(-1)});
  });
}

void gru_backward(const BackwardCall& call) {
  const View& hidden = call.inputs[2];
  with_floating(hidden.dtype, [&](auto t) {
    using T = decltype(t);
    const auto lines = [&](const View& view) { return lines_of<T>(view, call.workspace, call.stream); };
    const View* to = call.input_gradients;
    each(
        hidden.numel(), call.stream, "gru_cell",
        GruCellBackward<T>{lines(call.inputs[0]), lines(call.inputs[1]), lines(hidden), lines(call.output_gradients[0]),
                           lines_of<T>(to[0]), lines_of<T>(to[1]), lines_of<T>(to[2]), hidden.size(-1)});
  });
}

}  // namespace

void add_cells(Rows& rows) {
  KernelRow lstm = row_of("lstm_cell", lstm_forward);
  lstm.supports = lstm_supports;
  lstm.backward = lstm_backward;
  lstm.backward_reads_inputs = 1U << 0U | 1U << 1U;
  rows.push_back(lstm);
  KernelRow gru = row_of("gru_cell", gru_forward);
  gru.supports = gru_supports;
  gru.backward = gru_backward;
  gru.backward_reads_inputs = 1U << 0U | 1U << 1U | 1U << 2U;
  rows.push_back(gru);
}

}  // namespace strata::cuda
