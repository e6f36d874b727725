// Elementwise rows over vectors: dense operands, or broadcast ones whose last axis is dense or repeated.
#include "ops/rows.hpp"

namespace strata::onednn {
namespace {

// Operands walked over one shape, axes merged where every operand allows: outer axes, and an inner run whose steps
// are 0 or 1.
struct Walk {
  int rank = 0;
  std::int64_t shape[kMaxRank], a[kMaxRank], b[kMaxRank], y[kMaxRank];

  Walk(const View& left, const View& right, const View& out) {
    const auto stride = [&](const View& view, int axis) -> std::int64_t {
      const int from = axis - (out.rank - view.rank);
      return from < 0 || view.shape[from] == 1 ? 0 : view.strides[from];
    };
    for (int i = 0; i < out.rank; ++i) {
      if (out.shape[i] == 1) continue;
      const std::int64_t n = out.shape[i], sa = stride(left, i), sb = stride(right, i), sy = out.strides[i];
      const int last = rank - 1;
      const bool merges = last >= 0 && a[last] == sa * n && b[last] == sb * n && y[last] == sy * n;
      if (!merges) ++rank;
      const int at = rank - 1;
      shape[at] = merges ? shape[at] * n : n;
      a[at] = sa, b[at] = sb, y[at] = sy;
    }
    if (rank == 0) rank = 1, shape[0] = 1, a[0] = b[0] = 0, y[0] = 1;
  }

  std::int64_t run() const { return shape[rank - 1]; }
  bool steps_fit() const {
    return (a[rank - 1] == 0 || a[rank - 1] == 1) && (b[rank - 1] == 0 || b[rank - 1] == 1) && y[rank - 1] == 1;
  }

  // body(a, b, y, count): offsets of a run, in parallel.
  template <class Body>
  void each(const Body& body) const {
    const std::int64_t length = run();
    std::int64_t rows = 1;
    for (int i = 0; i + 1 < rank; ++i) rows *= shape[i];
    if (rows == 1) {
      return parallel_elements(length, 32768, [&](std::int64_t first, std::int64_t last) {
        body(first * a[rank - 1], first * b[rank - 1], first, last - first);
      });
    }
    parallel_for(0, rows, grain_of(length / 2), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t row = first; row < last; ++row) {
        std::int64_t rest = row, at_a = 0, at_b = 0, at_y = 0;
        for (int i = rank - 2; i >= 0; --i) {
          const std::int64_t index = rest % shape[i];
          rest /= shape[i];
          at_a += index * a[i], at_b += index * b[i], at_y += index * y[i];
        }
        body(at_a, at_b, at_y, length);
      }
    });
  }
};

template <Binary kOp>
void binary(const KernelCall& call) {
  const View &a = call.inputs[0], &b = call.inputs[1], &y = call.outputs[0];
  const Walk walk(a, b, y);
  const auto function = vectors().binary[static_cast<int>(kOp)][half(a)][half(b)];
  const int a_step = static_cast<int>(walk.a[walk.rank - 1]), b_step = static_cast<int>(walk.b[walk.rank - 1]);
  walk.each([&](std::int64_t at_a, std::int64_t at_b, std::int64_t at_y, std::int64_t count) {
    function(bytes_at(a.data, at_a, a.dtype), a_step, bytes_at(b.data, at_b, b.dtype), b_step,
             bytes_at(y.data, at_y, y.dtype), count);
  });
}
bool binary_supports(const KernelCall& call) {
  const View &a = call.inputs[0], &b = call.inputs[1], &y = call.outputs[0];
  if (!vector_dtype(a.dtype) || !vector_dtype(b.dtype) || y.numel() == 0) return false;
  if (y.dtype != (half(a) != 0 && half(b) != 0 ? DType::bf16 : DType::f32)) return false;
  const Walk walk(a, b, y);
  return walk.steps_fit() && (walk.rank == 1 || walk.run() >= 16);
}

bool unary_supports(const KernelCall& call) {
  return dense_vector(call.inputs[0]) && call.outputs[0].dtype == call.inputs[0].dtype && call.inputs[0].numel() > 0;
}
template <Unary kOp>
void unary(const KernelCall& call) {
  const View &x = call.inputs[0], &y = call.outputs[0];
  const auto function = vectors().unary[static_cast<int>(kOp)][half(x)];
  parallel_elements(x.numel(), 8192, [&](std::int64_t first, std::int64_t last) {
    function(bytes_at(x.data, first, x.dtype), bytes_at(y.data, first, y.dtype), last - first);
  });
}

// tanh, sigmoid, relu by their result y, gelu by its argument: dx from that and dy in one pass.
using Gradient = void (*)(const void* y, const void* dy, void* dx, std::int64_t n);
void gradient(const BackwardCall& call, const View& y, const Gradient (&functions)[2]) {
  const View& dx = call.input_gradients[0];
  if (!dx.present()) return;
  const View dy = densified(call.output_gradients[0], *call.workspace);
  const Gradient function = functions[half(y)];
  parallel_elements(y.numel(), 32768, [&](std::int64_t first, std::int64_t last) {
    function(bytes_at(y.data, first, y.dtype), bytes_at(dy.data, first, dy.dtype), bytes_at(dx.data, first, dx.dtype),
             last - first);
  });
}
void tanh_backward(const BackwardCall& call) { gradient(call, call.outputs[0], vectors().tanh_gradient); }
void sigmoid_backward(const BackwardCall& call) { gradient(call, call.outputs[0], vectors().sigmoid_gradient); }
void relu_backward(const BackwardCall& call) { gradient(call, call.outputs[0], vectors().relu_gradient); }
void gelu_backward(const BackwardCall& call) { gradient(call, call.inputs[0], vectors().gelu_gradient); }

void gelu_tanh_backward(const BackwardCall& call) { gradient(call, call.inputs[0], vectors().gelu_tanh_gradient); }
void silu_backward(const BackwardCall& call) { gradient(call, call.inputs[0], vectors().silu_gradient); }

void affine(const KernelCall& call) {
  const View &x = call.inputs[0], &y = call.outputs[0];
  const auto scale = static_cast<float>(call.attributes.number("scale")),
             shift = static_cast<float>(call.attributes.number("shift"));
  parallel_elements(x.numel(), 32768, [&](std::int64_t first, std::int64_t last) {
    vectors().affine[half(x)](bytes_at(x.data, first, x.dtype), scale, shift, bytes_at(y.data, first, y.dtype),
                              last - first);
  });
}

bool cast_supports(const KernelCall& call) {
  return dense_vector(call.inputs[0]) && vector_dtype(call.outputs[0].dtype) && call.inputs[0].numel() > 0;
}
void cast(const KernelCall& call) {
  const View &x = call.inputs[0], &y = call.outputs[0];
  const auto function = vectors().convert[half(x)][half(y)];
  parallel_elements(x.numel(), 32768, [&](std::int64_t first, std::int64_t last) {
    function(bytes_at(x.data, first, x.dtype), bytes_at(y.data, first, y.dtype), last - first);
  });
}

bool accumulate_supports(const KernelCall& call) {
  const View &x = call.inputs[0], &y = call.outputs[0];
  if (!vector_dtype(x.dtype) || !vector_dtype(y.dtype) || y.numel() == 0) return false;
  const Walk walk(x, x, y);
  return walk.steps_fit() && walk.a[walk.rank - 1] == 1 && (walk.rank == 1 || walk.run() >= 16);
}
void accumulate(const KernelCall& call) {
  const View &x = call.inputs[0], &y = call.outputs[0];
  const Walk walk(x, x, y);
  const auto add = vectors().add_into[half(y)][half(x)];
  walk.each([&](std::int64_t from, std::int64_t, std::int64_t to, std::int64_t count) {
    add(bytes_at(y.data, to, y.dtype), bytes_at(x.data, from, x.dtype), count);
  });
}

template <Unary kOp>
KernelRow unary_row(const char* name) {
  return row_of(name, unary<kOp>, unary_supports);
}
// The backward function reads the argument.
template <Unary kOp>
KernelRow by_argument(const char* name, void (*backward)(const BackwardCall&)) {
  KernelRow row = unary_row<kOp>(name);
  row.backward = backward;
  row.backward_reads_inputs = 1;
  return row;
}
KernelRow with_backward(KernelRow row, void (*backward)(const BackwardCall&)) {
  row.backward = backward;
  row.backward_reads_outputs = 1;
  return row;
}

}  // namespace

void add_elementwise(Rows& rows) {
  rows.push_back(row_of("add", binary<Binary::add>, binary_supports));
  rows.push_back(row_of("sub", binary<Binary::sub>, binary_supports));
  rows.push_back(row_of("mul", binary<Binary::mul>, binary_supports));
  rows.push_back(row_of("div", binary<Binary::div>, binary_supports));
  rows.push_back(row_of("maximum", binary<Binary::maximum>, binary_supports));
  rows.push_back(row_of("minimum", binary<Binary::minimum>, binary_supports));
  rows.push_back(row_of("affine", affine, unary_supports));
  rows.push_back(row_of("cast", cast, cast_supports));
  rows.push_back(row_of("accumulate", accumulate, accumulate_supports));
  rows.push_back(unary_row<Unary::neg>("neg"));
  rows.push_back(unary_row<Unary::abs>("abs"));
  rows.push_back(unary_row<Unary::exp>("exp"));
  rows.push_back(unary_row<Unary::log>("log"));
  rows.push_back(unary_row<Unary::sqrt>("sqrt"));
  rows.push_back(by_argument<Unary::gelu>("gelu", gelu_backward));
  rows.push_back(by_argument<Unary::gelu_tanh>("gelu_tanh", gelu_tanh_backward));
  rows.push_back(by_argument<Unary::silu>("silu", silu_backward));
  rows.push_back(unary_row<Unary::elu>("elu"));
  rows.push_back(with_backward(unary_row<Unary::tanh>("tanh"), tanh_backward));
  rows.push_back(with_backward(unary_row<Unary::sigmoid>("sigmoid"), sigmoid_backward));
  rows.push_back(with_backward(unary_row<Unary::relu>("relu"), relu_backward));
}

}  // namespace strata::onednn
