// The linear_int8 row, and rounding matrices to codes.
#include "strata/ops/quantized.hpp"

#include "ops/activate.hpp"
#include "ops/families.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

enum Input : std::size_t { kX, kCodes, kScale, kBias };
constexpr double kLargest = 127;  // -128 is not used, so that codes are symmetric

std::vector<TensorSpec> infer(const OpCall& call) {
  const Tensor &x = call.inputs[kX], &codes = call.inputs[kCodes], &scale = call.inputs[kScale];
  if (x.rank() < 1 || codes.rank() != 2 || x.size(-1) != codes.size(1)) {
    throw Error("E_SHAPE", "[linear_int8]", "x " + describe(x) + ", codes " + describe(codes),
                "x [..., I] and codes [O, I] with the same I are needed");
  }
  if (!is_floating(x.dtype()) || codes.dtype() != DType::i8 || !is_floating(scale.dtype())) {
    throw Error("E_DTYPE", "[linear_int8]",
                "x " + describe(x) + ", codes " + describe(codes) + ", scale " + describe(scale),
                "codes must be i8, x and scale floating");
  }
  const Shape outputs{codes.size(0)};
  if (!(scale.shape() == outputs) || (call.has(kBias) && !(call.inputs[kBias].shape() == outputs))) {
    throw Error("E_SHAPE", "[linear_int8]",
                "scale " + describe(scale) + (call.has(kBias) ? ", bias " + describe(call.inputs[kBias]) : "") +
                    ", codes " + describe(codes),
                "scale [O] and bias [O] are needed");
  }
  Shape shape = x.shape();
  shape[-1] = codes.size(0);
  return {spec_of(x.dtype(), shape)};
}

struct Codes {
  Tensor values;     // integers, in the type of x
  Tensor magnitude;  // [..., 1], the largest of each row
};

// x [..., I] of f32 or f64
Codes codes_of(const Tensor& x) {
  const Tensor magnitude = x.size(-1) == 0 ? Tensor() : max(abs(x), -1, true);
  const Tensor zero = Tensor::scalar(0, x.dtype(), x.device());
  const Tensor inverse =
      where(less(zero, magnitude), Tensor::scalar(kLargest, x.dtype(), x.device()) / magnitude, zero);
  // x * 0 is NaN for what is not finite, and keeps the row from passing for a number
  return {round(x * inverse) + x * 0.0, magnitude};
}

Tensors compose(const OpCall& call) {
  const NoGrad scope;
  const Tensor& x = call.inputs[kX];
  const DType wide = x.dtype() == DType::f64 ? DType::f64 : DType::f32;
  const Tensor rows = reshape(cast(x, wide), {x.numel() / std::max<std::int64_t>(x.size(-1), 1), x.size(-1)});
  const Codes codes = codes_of(rows);
  Tensor y = matmul(codes.values, transpose(cast(call.inputs[kCodes], wide)));  // exact for I up to 1,000 in f32
  y = y * (codes.magnitude / kLargest) * cast(call.inputs[kScale], wide);
  if (call.has(kBias)) y = y + cast(call.inputs[kBias], wide);
  y = detail::activate(y, static_cast<Activation>(call.attributes.integer("activation")));
  Shape shape = x.shape();
  shape[-1] = call.inputs[kCodes].size(0);
  return {reshape(cast(y, x.dtype()), shape)};
}

const Op kLinearInt8{.name = "linear_int8", .infer = infer, .compose = compose, .differentiable = false};

}  // namespace

std::vector<const Op*> detail::quantized_ops() { return {&kLinearInt8}; }

Int8Rows quantize_rows(const Tensor& matrix) {
  if (matrix.rank() != 2 || matrix.size(1) == 0 || !is_floating(matrix.dtype())) {
    throw Error("E_SHAPE", "[quantize_rows]", describe(matrix), "a floating matrix [O, I] is needed");
  }
  const NoGrad scope;
  const Codes codes = codes_of(cast(matrix.detach(), matrix.dtype() == DType::f64 ? DType::f64 : DType::f32));
  const Tensor scale = reshape(codes.magnitude / kLargest, {matrix.size(0)});
  return {cast(codes.values, DType::i8), cast(scale, DType::f32)};
}

Tensor dequantize(const Int8Rows& rows) {
  const NoGrad scope;
  return cast(rows.codes, DType::f32) * unsqueeze(rows.scale, 1);
}

Tensor linear_int8(const Tensor& x, const Int8Rows& weight, const Tensor& bias, Activation activation) {
  return apply(kLinearInt8, {x, weight.codes, weight.scale, bias},
               OpAttributes().integer("activation", static_cast<std::int64_t>(activation)))[0];
}

}  // namespace strata
