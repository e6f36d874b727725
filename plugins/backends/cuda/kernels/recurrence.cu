#include "kernels/recurrence.hpp"

#include "kernels/epilogue.hpp"

namespace strata::cuda {
namespace {

struct ClearKernel {
  Elements y;
  STRATA_BOTH void operator()(std::int64_t i) const { y.store(i, 0.0F); }
};

struct BiasKernel {
  Elements ih, hh, to;  // data of ih and hh may be null
  std::int64_t width, apart;
  STRATA_BOTH void operator()(std::int64_t i) const {
    const bool in_ih = i < width, in_hh = i < apart || i >= width;
    double value = 0;
    if (in_ih && ih.data != nullptr) value += ih.load<double>(i);
    if (in_hh && hh.data != nullptr) value += hh.load<double>(i < apart ? i : i - (width - apart));
    to.store(i, value);
  }
};

template <class T>
struct PreviousKernel {
  Steps steps;
  const T *y, *h0;  // h0 may be null
  T* to;
  STRATA_BOTH void operator()(std::int64_t i) const {
    const auto [row, j] = in_rows(i, steps.hidden);
    const auto [b, t] = in_rows(row, steps.time);
    const std::int64_t length = steps.length(b), first = steps.reverse ? length - 1 : 0;
    if (t >= length) {
      to[i] = T{};
    } else if (t != first) {
      to[i] = y[steps.before(row) * steps.hidden + j];
    } else {
      to[i] = h0 != nullptr ? h0[b * steps.hidden + j] : T{};
    }
  }
};

template <class C>
struct StateGradientKernel {
  Steps steps;
  const C* through;
  Elements last, to;  // data of last may be null
  STRATA_BOTH void operator()(std::int64_t i) const {
    C value{0};
    if (steps.length(i / steps.hidden) > 0) {
      value = through[i];
    } else if (last.data != nullptr) {
      value = last.load<C>(i);
    }
    to.store(i, value);
  }
};

}  // namespace

Recurrence::Recurrence(const Given& call, int gates_of, const char* op)
    : dtype(call.inputs[kX].dtype),
      wide(dtype == DType::f64 ? DType::f64 : DType::f32),
      gates(gates_of),
      workspace(call.workspace),
      stream(call.stream),
      what(op),
      inputs_(call.inputs),
      count_(call.count),
      turns_(call.workspace) {
  const View &x = inputs_[kX], &lengths = inputs_[count_ - 1];
  steps = {lengths.present() ? lengths.as<const std::int64_t>() : nullptr,
           lengths.present() ? lengths.strides[0] : 0,
           x.shape[0],
           x.shape[1],
           inputs_[kWeightHh].shape[1],
           call.attributes.flag("reverse")};
}

View Recurrence::room(DType of, std::int64_t rows, std::int64_t columns) const {
  return dense_matrix(workspace->take<unsigned char>(rows * columns * static_cast<std::int64_t>(size_of(of))), of, rows,
                      columns);
}

View Recurrence::x() const { return rows_operand(inputs_[kX], workspace, stream); }

View Recurrence::weight(int i) const { return weight_operand(inputs_[i], dtype, workspace, stream); }

View Recurrence::state(int i) const {
  if (has(i)) return dense_operand(inputs_[i], inputs_[i].dtype, workspace, stream);
  View absent{};
  absent.rank = -1;
  return absent;
}

View Recurrence::gradient(const View& of) const {
  return of.present() ? dense_operand(of, of.dtype, workspace, stream) : of;
}

View Recurrence::previous(const View& y) const {
  const View first = state(kH0), out = room(dtype, rows(), steps.hidden);
  with_floating(dtype, [&](auto t) {
    using T = decltype(t);
    each(out.numel(), stream, what, PreviousKernel<T>{steps, y.as<T>(), data_of<T>(first), out.as<T>()});
  });
  return out;
}

void Recurrence::multiply(const View& a, const View& b, const View& y, bool adds) const {
  turns_.next();
  product(a, b, y, adds, &turns_, stream);
}

void* Recurrence::biases(int apart) const {
  if (!has(kBiasIh) && !has(kBiasHh)) return nullptr;
  const auto elements = [&](int i) {
    return has(i) ? elements_of(dense_operand(inputs_[i], inputs_[i].dtype, workspace, stream)) : Elements{};
  };
  const std::int64_t width = gates * steps.hidden, from = apart * steps.hidden;
  const View out = room(wide, 1, 2 * width - from);
  each(out.numel(), stream, what, BiasKernel{elements(kBiasIh), elements(kBiasHh), elements_of(out), width, from});
  return out.data;
}

void Recurrence::begin(int input, const View& state) const {
  if (has(input)) {
    convert(inputs_[input], state, wide, stream, what);
  } else {
    each(state.numel(), stream, what, ClearKernel{elements_of(state)});
  }
}

KernelRow recurrent_row(const char* op, void (*forward)(const KernelCall&), void (*backward)(const BackwardCall&),
                        std::uint64_t reads) {
  KernelRow row = row_of(op, forward);
  row.supports = [](const KernelCall& call) { return call.inputs[kX].numel() > 0; };
  row.backward = backward;
  row.backward_reads_inputs = 1U << kX | 1U << kWeightIh | 1U << kWeightHh | 1U << kH0 | reads;
  row.backward_reads_outputs = 1;
  row.accumulates = 1U << kX | 1U << kWeightIh | 1U << kWeightHh | 1U << kBiasIh | 1U << kBiasHh;
  return row;
}

void store_state_gradient(const Recurrence& r, const View& through, const View& last, const View& to) {
  with_floating(r.wide, [&](auto c) {
    using C = Compute<decltype(c)>;
    each(to.numel(), r.stream, r.what,
         StateGradientKernel<C>{r.steps, through.as<C>(), last.present() ? elements_of(last) : Elements{},
                                elements_of(to)});
  });
}

void close_backward(const BackwardCall& call, const Recurrence& r, const View& x_gates, const View& h_gates) {
  const auto wanted = [&](int i) { return call.input_gradients[i].present(); };
  const auto multiply = [&](const View& a, const View& b, int to, const View& as) {
    r.multiply(a, b, as, call.accumulate[to]);
  };
  const View* to = call.input_gradients;
  if (wanted(kX)) {
    multiply(x_gates, r.weight(kWeightIh), kX, dense_matrix(to[kX].data, to[kX].dtype, r.rows(), to[kX].size(-1)));
  }
  if (wanted(kWeightIh)) multiply(turned(x_gates), r.x(), kWeightIh, to[kWeightIh]);
  if (wanted(kWeightHh)) multiply(turned(h_gates), r.previous(call.outputs[0]), kWeightHh, to[kWeightHh]);
  const auto sum_rows = [&](const View& of, int bias) {
    if (!wanted(bias)) return;
    return_through({Function::none, nullptr, of.data, nullptr, of.dtype, of.shape[0], of.shape[1]}, to[bias],
                   call.accumulate[bias], *r.workspace, r.stream);
  };
  sum_rows(x_gates, kBiasIh);
  sum_rows(h_gates, kBiasHh);
}

void add_lstm(Rows& rows);
void add_gru(Rows& rows);
void add_rnn(Rows& rows);

void add_recurrent(Rows& rows) {
  add_lstm(rows);
  add_gru(rows);
  add_rnn(rows);
}

}  // namespace strata::cuda
