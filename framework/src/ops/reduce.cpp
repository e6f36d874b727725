// Reduction rows: sum, max, argmax, topk; mean and sum_to are made of sum.
#include "strata/ops/reduce.hpp"

#include "ops/families.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"

namespace strata {
namespace {

// The shape after the axes of `mask` are reduced.
Shape reduced(const Shape& shape, std::int64_t mask, bool keep) {
  Shape out;
  for (int i = 0; i < shape.rank(); ++i) {
    const bool gone = ((mask >> i) & 1) != 0;
    if (!gone) out.push_back(shape[i]);
    if (gone && keep) out.push_back(1);
  }
  return out;
}

std::int64_t mask_of(const Shape& shape, const Shape& axes) {
  std::int64_t mask = 0;
  for (const std::int64_t axis : axes) mask |= std::int64_t{1} << shape.normalise(static_cast<int>(axis));
  return mask;
}

std::vector<TensorSpec> infer_sum(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  const bool narrow = x.dtype() == DType::f16 || x.dtype() == DType::bf16;
  const DType dtype = narrow ? DType::f32 : is_floating(x.dtype()) ? x.dtype() : DType::i64;
  return {spec_of(dtype, reduced(x.shape(), call.attributes.integer("axes"), call.attributes.flag("keep")))};
}

Tensors sum_vjp(const VjpCall& call) {
  const Shape shape = call.input_shape(0);
  const Shape kept = reduced(shape, call.attributes.integer("axes"), true);
  return {expand(reshape(cast(call.gradient(), call.input_specs[0].dtype), kept), shape)};
}

std::vector<TensorSpec> infer_max(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  const int axis = static_cast<int>(call.attributes.integer("axis"));
  if (x.size(axis) == 0) throw Error("E_SHAPE", "[max]", "over an empty axis of " + describe(x));
  const Shape shape = reduced(x.shape(), std::int64_t{1} << axis, false);
  return {spec_of(x.dtype(), shape), spec_of(DType::i64, shape)};
}

Tensors max_vjp(const VjpCall& call) {
  const int axis = static_cast<int>(call.attributes.integer("axis"));
  const Shape shape = call.input_shape(0);
  Shape line = shape;
  for (int i = 0; i < line.rank(); ++i) line[i] = i == axis ? shape[i] : 1;
  const Tensor chosen = equal(reshape(iota(shape[axis]), line), unsqueeze(call.outputs[1], axis));
  const Tensor zero = Tensor::scalar(0, call.gradient().dtype(), call.gradient().device());
  return {where(chosen, unsqueeze(call.gradient(), axis), zero)};
}

std::vector<TensorSpec> infer_topk(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  const std::int64_t k = call.attributes.integer("k");
  if (x.rank() < 1 || k < 1 || k > x.size(-1)) {
    throw Error("E_SHAPE", "[topk]", "k " + std::to_string(k) + " of " + describe(x), "1 <= k <= last extent");
  }
  Shape shape = x.shape();
  shape[-1] = k;
  return {spec_of(x.dtype(), shape), spec_of(DType::i64, shape)};
}

const Op kSum{.name = "sum", .infer = infer_sum, .vjp = sum_vjp};
const Op kMax{.name = "max", .infer = infer_max, .vjp = max_vjp, .vjp_reads_outputs = 2};
const Op kTopk{.name = "topk", .infer = infer_topk, .differentiable = false};

Tensors max_both(const Tensor& x, int axis) {
  return apply(kMax, {x}, OpAttributes().integer("axis", x.shape().normalise(axis)));
}

Shape all_axes(const Tensor& x) {
  Shape axes = x.shape();
  for (int i = 0; i < axes.rank(); ++i) axes[i] = i;
  return axes;
}

}  // namespace

std::vector<const Op*> detail::reduce_ops() { return {&kSum, &kMax, &kTopk}; }

Tensor sum(const Tensor& x) { return sum(x, all_axes(x)); }
Tensor sum(const Tensor& x, const Shape& axes, bool keep) {
  return apply(kSum, {x}, OpAttributes().integer("axes", mask_of(x.shape(), axes)).integer("keep", keep ? 1 : 0))[0];
}
Tensor mean(const Tensor& x) { return mean(x, all_axes(x)); }
Tensor mean(const Tensor& x, const Shape& axes, bool keep) {
  std::int64_t count = 1;
  for (const std::int64_t axis : axes) count *= x.size(static_cast<int>(axis));
  return sum(x, axes, keep) / static_cast<double>(count);
}
Tensor max(const Tensor& x, int axis, bool keep) {
  const Tensor values = max_both(x, axis)[0];
  return keep ? unsqueeze(values, x.shape().normalise(axis)) : values;
}
Tensor argmax(const Tensor& x, int axis) { return max_both(x.detach(), axis)[1]; }

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  Shape axes;
  for (int i = 0; i < x.rank(); ++i) {
    const int from = i - (x.rank() - shape.rank());
    if (from < 0 || (shape[from] == 1 && x.size(i) != 1)) axes.push_back(i);
  }
  const Tensor total = cast(sum(x, axes, true), x.dtype());
  return reshape(total, shape);
}

TopK topk(const Tensor& x, int k) {
  Tensors both = apply(kTopk, {x.detach()}, OpAttributes().integer("k", k));
  return {both[0], both[1]};
}

}  // namespace strata
