// The matmul row: [..., M, K] x [..., K, N] -> [..., M, N].
#include "strata/ops/matmul.hpp"

#include "ops/families.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"

namespace strata {
namespace {

std::vector<TensorSpec> infer(const OpCall& call) {
  const Tensor &a = call.inputs[0], &b = call.inputs[1];
  if (a.rank() < 2 || b.rank() < 2 || a.size(-1) != b.size(-2)) {
    throw Error("E_SHAPE", "[matmul]", describe(a) + " x " + describe(b),
                "[..., M, K] x [..., K, N] with the same K is needed");
  }
  if (!is_floating(a.dtype()) || !is_floating(b.dtype()))
    throw Error("E_DTYPE", "[matmul]", describe(a) + " x " + describe(b));
  const auto leading = [](const Shape& shape) {
    return Shape(std::span(shape.begin(), static_cast<std::size_t>(shape.rank() - 2)));
  };
  Shape shape = broadcast_shapes("matmul", leading(a.shape()), leading(b.shape()));
  shape.push_back(a.size(-2));
  shape.push_back(b.size(-1));
  return {spec_of(promote("matmul", a.dtype(), b.dtype()), shape)};
}

// dA = dC B^T, dB = A^T dC, summed over what was broadcast. A 2-D right operand takes all leading rows in one product.
Tensors vjp(const VjpCall& call) {
  const Tensor& g = call.gradient();
  Tensor da, db;
  if (call.needed(0)) da = sum_to(matmul(g, transpose(call.inputs[1])), call.input_shape(0));
  if (call.needed(1)) {
    const Tensor& a = call.inputs[0];
    if (call.input_specs[1].rank == 2 && a.rank() > 2) {
      db = matmul(transpose(reshape(a, {-1, a.size(-1)})), reshape(g, {-1, g.size(-1)}));
    } else {
      db = sum_to(matmul(transpose(a), g), call.input_shape(1));
    }
  }
  return {da, db};
}

const Op kMatmul{.name = "matmul", .infer = infer, .vjp = vjp, .vjp_reads_inputs = 3};

}  // namespace

std::vector<const Op*> detail::matmul_ops() { return {&kMatmul}; }

Tensor matmul(const Tensor& a, const Tensor& b) { return apply_one(kMatmul, {a, b}); }

}  // namespace strata
