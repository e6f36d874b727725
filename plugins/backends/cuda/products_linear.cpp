// linear: activation(x W^T + bias + addend), its gradients towards x, W and the bias. The bias is added by the library
// as it writes the product; activations are passes of our own, as the library's gelu is the one by tanh and its relu
// makes a NaN 0. Large products of f32 run on tensor cores (split.hpp): rows of their own, whose gradients do so, too,
// where that is worth it.
#include <optional>

#include "branch.hpp"
#include "kernels/dense.hpp"
#include "kernels/epilogue.hpp"
#include "kernels/rows.hpp"
#include "operands.hpp"
#include "split.hpp"

namespace strata::cuda {
namespace {

enum Input { kX, kWeight, kBias, kAddend };

bool given(const KernelCall& call, int i) { return i < call.input_count && call.inputs[i].present(); }
bool wanted(const BackwardCall& call, int i) { return i < call.input_count && call.input_gradients[i].present(); }
Function function_of(const Attributes& attributes) { return static_cast<Function>(attributes.integer("activation")); }

bool fits(const KernelCall& call) { return linear_fits(call.inputs[kX], call.inputs[kWeight], call.outputs[0]); }
bool worth(const KernelCall& call) {
  const View &x = call.inputs[kX], &weight = call.inputs[kWeight];
  if (x.dtype != DType::f32 || weight.dtype != DType::f32) return false;
  return worth_splitting(x.numel() / x.size(-1), weight.size(-2), x.size(-1), call.stream);
}
bool supports_plain(const KernelCall& call) { return function_of(call.attributes) == Function::none && fits(call); }
bool supports_activation(const KernelCall& call) {
  const Function function = function_of(call.attributes);
  return function != Function::none && function != Function::gelu && !given(call, kAddend) && fits(call);
}
bool supports_gelu(const KernelCall& call) {
  return function_of(call.attributes) == Function::gelu && !given(call, kAddend) && fits(call);
}
template <bool (*kSupports)(const KernelCall&)>
bool supports_split(const KernelCall& call) {
  return kSupports(call) && worth(call);
}

// x W^T + bias + addend into y.
void product(const KernelCall& call, const View& y, bool splits) {
  const At at{*call.workspace, call.stream};
  Product one{rows_of(call.inputs[kX], at), weight_of(call.inputs[kWeight], y.dtype, at).transposed(),
              dense_rows_of(y)};
  if (given(call, kBias)) one.bias = bias_of(call.inputs[kBias], y.dtype, at);
  if (given(call, kAddend)) {  // often one step of [B,T,O]: rows far apart
    one.addend = rows_of(call.inputs[kAddend], at);
    if (!one.addend.dense_rows()) one.addend = dense_rows_of(densified(call.inputs[kAddend], y.dtype, at));
  }
  one.splits = splits;
  multiply(one, at.workspace, at.stream);
}

template <bool kSplits>
void forward_plain(const KernelCall& call) {
  product(call, call.outputs[0], kSplits);
}

template <bool kSplits>
void forward_activation(const KernelCall& call) {
  const View& y = call.outputs[0];
  product(call, y, kSplits);
  activate(function_of(call.attributes), y, y, call.stream);
}

// gelu has no gradient by its result: the argument is kept beside it.
std::int32_t gelu_extras(const KernelCall& call, TensorSpec* out) {
  const View& y = call.outputs[0];
  out[0] = {y.dtype, y.rank, {}};
  for (int i = 0; i < y.rank; ++i) out[0].shape[i] = y.shape[i];
  return 1;
}
template <bool kSplits>
void forward_gelu(const KernelCall& call) {
  const View &y = call.outputs[0], &z = call.extra_count > 0 ? call.extras[0] : y;
  product(call, z, kSplits);
  activate(Function::gelu, z, y, call.stream);
}

// `saved`: what the function's derivative is made of; none for a plain linear, whose sums run beside the
// products, as the weight's gradient beside x's.
void gradients(const BackwardCall& call, const View* saved, bool splits) {
  const Function function = saved != nullptr ? function_of(call.attributes) : Function::none;
  const At at{*call.workspace, call.stream};
  const View& given_dy = call.output_gradients[0];
  const bool sums = wanted(call, kBias), activated = function != Function::none;
  const View dy = activated || sums ? densified(given_dy, given_dy.dtype, at) : given_dy;
  View dz = dy, bias{};
  if (activated) dz = dense_like(dy, dy.dtype, &at.workspace);
  bias.rank = -1;
  if (sums) bias = call.input_gradients[kBias];
  const bool multiplies = wanted(call, kX) || wanted(call, kWeight);
  const auto through = [&](void* stream) {
    const Matrix rows = dense_rows_of(dy);
    return_through({function, saved != nullptr ? saved->data : nullptr, dy.data, activated ? dz.data : nullptr,
                    dy.dtype, rows.rows, rows.columns},
                   bias, sums && call.accumulate[kBias], at.workspace, stream);
  };
  if (activated || (sums && !multiplies)) through(at.stream);
  if (wanted(call, kAddend)) copy_converted(dz, call.input_gradients[kAddend], false, at.stream);
  if (!multiplies) return;
  const Matrix rows = rows_of(dz, at);
  Product to_x{rows, {}, {}}, to_weight{rows.transposed(), {}, {}};
  if (wanted(call, kX)) to_x.b = weight_of(call.inputs[kWeight], dz.dtype, at);
  if (wanted(call, kWeight)) to_weight.b = rows_of(call.inputs[kX], at);
  to_x.splits = splits && wanted(call, kX) && worth_splitting(to_x, at.stream);
  to_weight.splits = splits && wanted(call, kWeight) && worth_splitting(to_weight, at.stream);
  split_factors({&to_x, &to_weight}, at.workspace, at.stream);  // dz once for both
  std::optional<Branch> summing, weighing;
  if (sums && !activated) through(summing.emplace(at.stream).stream());
  if (wanted(call, kWeight)) {
    if (wanted(call, kX)) weighing.emplace(at.stream, 1);
    const At beside{at.workspace, weighing ? weighing->stream() : at.stream};
    multiply_into(to_weight, call.input_gradients[kWeight], call.accumulate[kWeight], beside);
  }
  if (wanted(call, kX)) multiply_into(to_x, call.input_gradients[kX], call.accumulate[kX], at);
  if (weighing) weighing->join();
  if (summing) summing->join();
}

template <bool kSplits>
void backward_plain(const BackwardCall& call) {
  gradients(call, nullptr, kSplits);
}
template <bool kSplits>
void backward_activation(const BackwardCall& call) {
  gradients(call, &call.outputs[0], kSplits);
}
template <bool kSplits>
void backward_gelu(const BackwardCall& call) {
  gradients(call, &call.extras[0], kSplits);
}

// Three rows: one that reads no output in backward, so that a time loop may put its weight gradients off; those with a
// gradient by their result; gelu.
template <bool kSplits>
void add_rows(Rows& rows, KernelRow plain) {
  plain.forward = forward_plain<kSplits>;
  plain.supports = kSplits ? supports_split<supports_plain> : supports_plain;
  plain.backward = backward_plain<kSplits>;
  plain.backward_reads_inputs = 1U << kX | 1U << kWeight;
  plain.accumulates = 1U << kX | 1U << kWeight | 1U << kBias;
  rows.push_back(plain);
  KernelRow activated = plain;
  activated.forward = forward_activation<kSplits>;
  activated.supports = kSplits ? supports_split<supports_activation> : supports_activation;
  activated.backward = backward_activation<kSplits>;
  activated.backward_reads_outputs = 1;
  rows.push_back(activated);
  KernelRow gelu = plain;
  gelu.forward = forward_gelu<kSplits>;
  gelu.supports = kSplits ? supports_split<supports_gelu> : supports_gelu;
  gelu.backward = backward_gelu<kSplits>;
  gelu.extras = gelu_extras;
  rows.push_back(gelu);
}

}  // namespace

void add_linear_products(Rows& rows) {
  add_rows<false>(rows, product_row("linear", nullptr, nullptr));
  add_rows<true>(rows, split_row("linear", nullptr, nullptr));
}

}  // namespace strata::cuda
