// Rows that read by index: iota, index_rows, pick, embedding; and the scatters that are their gradients.
#include "strata/ops/index.hpp"

#include "ops/check_index.hpp"
#include "ops/families.hpp"
#include "strata/ops/fused.hpp"

namespace strata {
namespace {

// rows.shape + x.shape[1:]
Shape rows_shape(const Shape& x, const Shape& rows) {
  Shape shape = rows;
  for (int i = 1; i < x.rank(); ++i) shape.push_back(x[i]);
  return shape;
}

std::vector<TensorSpec> infer_iota(const OpCall& call) {
  const std::int64_t n = call.attributes.integer("n");
  if (n < 0) throw Error("E_SHAPE", "[iota]", "n " + std::to_string(n) + " is negative");
  return {spec_of(static_cast<DType>(call.attributes.integer("dtype")), {n})};
}

std::vector<TensorSpec> infer_index_rows(const OpCall& call) {
  const Tensor &x = call.inputs[0], &rows = call.inputs[1];
  if (x.rank() < 1 || rows.rank() != 1) {
    throw Error("E_SHAPE", "[index_rows]", "x " + describe(x) + ", rows " + describe(rows),
                "x [N, ...], rows [R] are needed");
  }
  detail::check_indices("index_rows", rows, x.size(0));
  return {spec_of(x.dtype(), rows_shape(x.shape(), rows.shape()))};
}

Shape without_last(const Shape& shape) {
  return Shape(std::span(shape.begin(), static_cast<std::size_t>(shape.rank() - 1)));
}

std::vector<TensorSpec> infer_pick(const OpCall& call) {
  const Tensor &x = call.inputs[0], &index = call.inputs[1];
  if (x.rank() < 1 || !(without_last(x.shape()) == index.shape())) {
    throw Error("E_SHAPE", "[pick]", "x " + describe(x) + ", index " + describe(index),
                "the index has the shape of x without its last axis");
  }
  detail::check_indices("pick", index, x.size(-1));
  return {spec_of(x.dtype(), index.shape())};
}

std::vector<TensorSpec> infer_embedding(const OpCall& call) {
  const Tensor &weight = call.inputs[0], &ids = call.inputs[1];
  const auto dtype = static_cast<DType>(call.attributes.integer("dtype"));
  const std::int64_t padding = call.attributes.integer("padding");
  if (weight.rank() != 2) throw Error("E_SHAPE", "[embedding]", "weight " + describe(weight) + " is not [V, O]");
  if (!is_floating(weight.dtype()) || !is_floating(dtype)) {
    throw Error("E_DTYPE", "[embedding]", "weight " + describe(weight) + " to " + name_of(dtype),
                "both must be floating");
  }
  if (padding >= weight.size(0)) {
    throw Error("E_SHAPE_INDEX", "[embedding]",
                "padding row " + std::to_string(padding) + " of weight " + describe(weight));
  }
  detail::check_indices("embedding", ids, weight.size(0));
  return {spec_of(dtype, rows_shape(weight.shape(), ids.shape()))};
}

std::int64_t padding_of(const VjpCall& call) { return call.attributes.view().integer("padding", -1); }

// Within the engine the gradient is added to what is there; alone it starts from zeros.
Tensor zero_gradient(const VjpCall& call) {
  return Tensor::zeros(call.input_shape(0), call.input_specs[0].dtype, call.gradient().device());
}
void rows_scatter(const VjpCall& call, const Tensor& target) {
  scatter_rows(target, call.gradient(), call.inputs[1], padding_of(call));
}
Tensors rows_vjp(const VjpCall& call) {
  const Tensor dense = zero_gradient(call);
  rows_scatter(call, dense);
  return {dense, Tensor()};
}
void pick_scatter(const VjpCall& call, const Tensor& target) { scatter_pick(target, call.gradient(), call.inputs[1]); }
Tensors pick_vjp(const VjpCall& call) {
  const Tensor dense = zero_gradient(call);
  pick_scatter(call, dense);
  return {dense, Tensor()};
}

std::vector<TensorSpec> no_outputs(const OpCall&) { return {}; }

constexpr std::uint64_t kIndex = 2;

const Op kIota{.name = "iota", .infer = infer_iota, .differentiable = false};
const Op kIndexRows{.name = "index_rows",
                    .infer = infer_index_rows,
                    .vjp = rows_vjp,
                    .vjp_reads_inputs = kIndex,
                    .scatter = rows_scatter};
const Op kPick{
    .name = "pick", .infer = infer_pick, .vjp = pick_vjp, .vjp_reads_inputs = kIndex, .scatter = pick_scatter};
const Op kEmbedding{.name = "embedding",
                    .infer = infer_embedding,
                    .vjp = rows_vjp,
                    .vjp_reads_inputs = kIndex,
                    .scatter = rows_scatter};
const Op kScatterRows{.name = "scatter_rows", .infer = no_outputs, .differentiable = false};
const Op kScatterPick{.name = "scatter_pick", .infer = no_outputs, .differentiable = false};

[[noreturn]] void misfit(const char* op, const Tensor& target, const Tensor& x, const Tensor& index) {
  throw Error("E_SHAPE", "[" + std::string(op) + "]",
              "x " + describe(x) + " at " + describe(index) + " into " + describe(target));
}

}  // namespace

std::vector<const Op*> detail::index_ops() {
  return {&kIota, &kIndexRows, &kPick, &kEmbedding, &kScatterRows, &kScatterPick};
}

Tensor iota(std::int64_t n, DType dtype) {
  return apply(kIota, {}, OpAttributes().integer("n", n).integer("dtype", static_cast<std::int64_t>(dtype)))[0];
}

Tensor index_rows(const Tensor& x, const Tensor& rows) { return apply_one(kIndexRows, {x, rows}); }

Tensor pick(const Tensor& x, const Tensor& index) { return apply_one(kPick, {x, index}); }

Tensor embedding(const Tensor& weight, const Tensor& ids, DType dtype, std::int64_t padding) {
  return apply(kEmbedding, {weight, ids},
               OpAttributes().integer("dtype", static_cast<std::int64_t>(dtype)).integer("padding", padding))[0];
}

void scatter_rows(const Tensor& target, const Tensor& x, const Tensor& rows, std::int64_t skipped) {
  if (target.rank() < 1 || !(x.shape() == rows_shape(target.shape(), rows.shape())))
    misfit("scatter_rows", target, x, rows);
  detail::check_indices("scatter_rows", rows, target.size(0));
  const Tensor inputs[] = {x, rows};
  apply_in_place(kScatterRows, inputs, std::span(&target, 1), OpAttributes().integer("padding", skipped));
}

void scatter_pick(const Tensor& target, const Tensor& x, const Tensor& index) {
  if (target.rank() < 1 || !(x.shape() == index.shape()) || !(without_last(target.shape()) == index.shape())) {
    misfit("scatter_pick", target, x, index);
  }
  detail::check_indices("scatter_pick", index, target.size(-1));
  const Tensor inputs[] = {x, index};
  apply_in_place(kScatterPick, inputs, std::span(&target, 1));
}

}  // namespace strata
