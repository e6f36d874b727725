// linear: activation(x W^T + bias + addend), its gradients towards x, W and the bias.
#include "ops/activation.hpp"

namespace strata::onednn {
namespace {

enum Input { kX, kWeight, kBias, kAddend };

// Rows of a weight may stand apart: a decoder multiplies what it feeds back by some columns of its cell's weight.
bool weight_fits(const View& weight) {
  return weight.rank == 2 && weight.numel() > 0 && (weight.shape[1] == 1 || weight.strides[1] == 1) &&
         (weight.shape[0] == 1 || weight.strides[0] >= weight.shape[1]);
}

bool fits(const KernelCall& call) {
  const View &x = call.inputs[kX], &weight = call.inputs[kWeight];
  Matrix m{};
  if (!product_dtype(x.dtype) || !matrix_of(x, &m) || m.rows == 0 || m.columns == 0) return false;
  if (!weight_fits(weight)) return false;
  if (weight.dtype != x.dtype && !(weight.dtype == DType::f32 && x.dtype == DType::bf16)) return false;
  if (given(call, kBias) && !dense_vector(call.inputs[kBias])) return false;
  if (given(call, kAddend) && (!matrix_of(call.inputs[kAddend], &m) || call.inputs[kAddend].dtype != x.dtype))
    return false;
  return call.outputs[0].dtype == x.dtype;
}
bool supports_plain(const KernelCall& call) { return call.attributes.integer("activation") == kNone && fits(call); }
bool supports_activation(const KernelCall& call) {
  const std::int64_t activation = call.attributes.integer("activation");
  return activation > kNone && activation <= kSigmoid && !given(call, kAddend) && fits(call);
}
bool supports_gelu(const KernelCall& call) {
  return call.attributes.integer("activation") == kGelu && !given(call, kAddend) && fits(call);
}

// x W^T + bias + addend into y.
void product(const KernelCall& call, const View& y) {
  Matrix x{};
  matrix_of(call.inputs[kX], &x);
  const Matrix out = rows_of(y);
  Epilogue epilogue;
  if (given(call, kBias)) {
    epilogue.bias = call.inputs[kBias].data;
    epilogue.bias_dtype = call.inputs[kBias].dtype;
  }
  if (given(call, kAddend)) {
    Matrix addend{};  // often one step of [B,T,O]: rows far apart
    matrix_of(call.inputs[kAddend], &addend);
    const std::size_t row = static_cast<std::size_t>(out.columns) * size_of(y.dtype);
    parallel_for(0, out.rows, grain_of(out.columns / 4), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t r = first; r < last; ++r) {
        std::memcpy(bytes_at(out.data, r * out.columns, y.dtype), bytes_at(addend.data, r * addend.row_stride, y.dtype),
                    row);
      }
    });
    epilogue.accumulate = true;
  }
  multiply_by_weight(x, call.inputs[kWeight], WeightForm::transposed, out, epilogue, *call.workspace);
}

// y = function(z)
void activate(Unary function, const View& z, const View& y) {
  const auto run = vectors().unary[static_cast<int>(function)][half(y)];
  parallel_elements(y.numel(), 8192, [&](std::int64_t first, std::int64_t last) {
    run(bytes_at(z.data, first, z.dtype), bytes_at(y.data, first, y.dtype), last - first);
  });
}

void forward_plain(const KernelCall& call) { product(call, call.outputs[0]); }

void forward_activation(const KernelCall& call) {
  const View& y = call.outputs[0];
  product(call, y);
  activate(kActivations[call.attributes.integer("activation")], y, y);
}

// gelu has no gradient by its result: the argument is kept beside it.
std::int32_t gelu_extras(const KernelCall& call, TensorSpec* out) {
  const View& y = call.outputs[0];
  out[0] = {y.dtype, y.rank, {}};
  for (int i = 0; i < y.rank; ++i) out[0].shape[i] = y.shape[i];
  return 1;
}
void forward_gelu(const KernelCall& call) {
  const View &y = call.outputs[0], &z = call.extra_count > 0 ? call.extras[0] : y;
  product(call, z);
  activate(Unary::gelu, z, y);
}

void gradients(const BackwardCall& call, const View& dy) {
  Workspace& workspace = *call.workspace;
  const Matrix g = rows_of(dy);
  if (wanted(call, kX)) {
    Epilogue epilogue;
    epilogue.accumulate = call.accumulate[kX];
    multiply_by_weight(g, call.inputs[kWeight], WeightForm::as_is, rows_of(call.input_gradients[kX]), epilogue,
                       workspace);
  }
  if (wanted(call, kWeight)) {
    Matrix x{};
    if (!matrix_of(call.inputs[kX], &x) || x.row_stride < x.columns) x = rows_of(densified(call.inputs[kX], workspace));
    Epilogue epilogue;
    epilogue.accumulate = call.accumulate[kWeight];
    multiply_over_rows(g, x, rows_of(call.input_gradients[kWeight]), epilogue, workspace);
  }
  if (call.input_count > kBias && wanted(call, kBias)) {
    sum_rows(g, call.input_gradients[kBias], call.accumulate[kBias], workspace);
  }
  if (call.input_count > kAddend && wanted(call, kAddend)) {
    std::memcpy(call.input_gradients[kAddend].data, dy.data, static_cast<std::size_t>(dy.numel()) * size_of(dy.dtype));
  }
}

void backward_plain(const BackwardCall& call) { gradients(call, densified(call.output_gradients[0], *call.workspace)); }

// The gradients through `function`, given what it is computed from: the result, or gelu's argument.
void through(const BackwardCall& call, const View& y,
             void (*function)(const void* y, const void* dy, void* dx, std::int64_t n)) {
  View dy = densified(call.output_gradients[0], *call.workspace);
  void* before = call.workspace->take<unsigned char>(y.numel() * static_cast<std::int64_t>(size_of(y.dtype)));
  parallel_elements(y.numel(), 16384, [&](std::int64_t first, std::int64_t last) {
    function(bytes_at(y.data, first, y.dtype), bytes_at(dy.data, first, y.dtype), bytes_at(before, first, y.dtype),
             last - first);
  });
  dy.data = before;
  gradients(call, dy);
}

void backward_activation(const BackwardCall& call) {
  const View& y = call.outputs[0];
  const std::int64_t activation = call.attributes.integer("activation");
  through(call, y,
          activation == kRelu   ? vectors().relu_gradient[half(y)]
          : activation == kTanh ? vectors().tanh_gradient[half(y)]
                                : vectors().sigmoid_gradient[half(y)]);
}
void backward_gelu(const BackwardCall& call) {
  const View& z = call.extras[0];
  through(call, z, vectors().gelu_gradient[half(z)]);
}

}  // namespace

// Three rows: one that reads no output in backward, so that a time loop may put its weight gradients off; those with a
// gradient by their result; gelu.
void add_linear(Rows& rows) {
  KernelRow plain = row_of("linear", forward_plain, supports_plain);
  plain.backward = backward_plain;
  plain.backward_reads_inputs = 1U << kX | 1U << kWeight;
  plain.accumulates = 1U << kX | 1U << kWeight | 1U << kBias;
  rows.push_back(plain);
  KernelRow activated = plain;
  activated.forward = forward_activation;
  activated.supports = supports_activation;
  activated.backward = backward_activation;
  activated.backward_reads_outputs = 1;
  rows.push_back(activated);
  KernelRow gelu = plain;
  gelu.forward = forward_gelu;
  gelu.supports = supports_gelu;
  gelu.backward = backward_gelu;
  gelu.extras = gelu_extras;
  rows.push_back(gelu);
}

}  // namespace strata::onednn
