// Geometry: views of one storage, and the ops that join tensors.
#include "strata/ops/shape.hpp"

#include <algorithm>

#include "ops/families.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/reduce.hpp"
#include "tensor/impl.hpp"

namespace strata {
namespace {

std::string place(const char* op) { return "[" + std::string(op) + "]"; }

// Strides of x seen as `shape`, if one storage walk serves both (torch's view rule: groups of axes that are dense among
// themselves may be regrouped).
bool view_strides(const Tensor& x, const Shape& shape, Shape* strides) {
  if (x.contiguous()) {
    *strides = dense_strides(shape);
    return true;
  }
  *strides = shape;
  if (x.numel() == 0) {
    *strides = dense_strides(shape);
    return true;
  }
  int to = shape.rank() - 1;
  std::int64_t seen = 1, made = 1, base = x.rank() > 0 ? x.strides()[-1] : 1;
  for (int from = x.rank() - 1; from >= 0; --from) {
    seen *= x.size(from);
    const bool group_ends = from == 0 || (x.size(from - 1) != 1 && x.strides()[from - 1] != seen * base);
    if (!group_ends) continue;
    while (to >= 0 && (made < seen || shape[to] == 1)) {
      (*strides)[to] = made * base;
      made *= shape[to];
      --to;
    }
    if (made != seen) return false;
    if (from > 0) {
      base = x.strides()[from - 1];
      seen = made = 1;
    }
  }
  return to < 0;
}

Tensors reshape_view(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  const Shape shape = call.attributes.list("shape");
  Shape strides;
  (void)view_strides(x, shape, &strides);
  return {x.alias(shape, strides, x.impl()->offset)};
}
Tensors reshape_vjp(const VjpCall& call) { return {reshape(call.gradient(), call.input_shape(0))}; }

Tensors permute_view(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  Shape shape, strides;
  for (const std::int64_t axis : call.attributes.list("axes")) {
    shape.push_back(x.size(static_cast<int>(axis)));
    strides.push_back(x.strides()[static_cast<int>(axis)]);
  }
  return {x.alias(shape, strides, x.impl()->offset)};
}
Tensors permute_vjp(const VjpCall& call) {
  const Shape axes = call.attributes.list("axes");
  Shape inverse = axes;
  for (int i = 0; i < axes.rank(); ++i) inverse[static_cast<int>(axes[i])] = i;
  return {permute(call.gradient(), inverse)};
}

Tensors slice_view(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  const int axis = static_cast<int>(call.attributes.integer("axis"));
  const std::int64_t begin = call.attributes.integer("begin");
  Shape shape = x.shape();
  shape[axis] = call.attributes.integer("end") - begin;
  return {x.alias(shape, x.strides(), x.impl()->offset + begin * x.strides()[axis])};
}
void slice_scatter(const VjpCall& call, const Tensor& input_gradient) {
  const int axis = static_cast<int>(call.attributes.integer("axis"));
  add_in_place(slice(input_gradient, axis, call.attributes.integer("begin"), call.attributes.integer("end")),
               call.gradient());
}

Tensor select_alias(const Tensor& x, int axis, std::int64_t index) {
  Shape shape, strides;
  for (int i = 0; i < x.rank(); ++i) {
    if (i == axis) continue;
    shape.push_back(x.size(i));
    strides.push_back(x.strides()[i]);
  }
  return x.alias(shape, strides, x.impl()->offset + index * x.strides()[axis]);
}
Tensors select_view(const OpCall& call) {
  return {select_alias(call.inputs[0], static_cast<int>(call.attributes.integer("axis")),
                       call.attributes.integer("index"))};
}
void select_scatter(const VjpCall& call, const Tensor& input_gradient) {
  add_in_place(
      select_alias(input_gradient, static_cast<int>(call.attributes.integer("axis")), call.attributes.integer("index")),
      call.gradient());
}

Tensors unbind_view(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  const int axis = static_cast<int>(call.attributes.integer("axis"));
  Tensors parts;
  for (std::int64_t i = 0; i < x.size(axis); ++i) parts.push_back(select_alias(x, axis, i));
  return parts;
}
Tensors unbind_vjp(const VjpCall& call) {
  const int axis = static_cast<int>(call.attributes.integer("axis"));
  Shape part;
  for (int i = 0; i < call.input_specs[0].rank; ++i) {
    if (i != axis) part.push_back(call.input_specs[0].shape[i]);
  }
  Tensors parts(call.gradients.begin(), call.gradients.end());
  Tensor zero;
  for (Tensor& one : parts) {
    if (one.defined()) continue;
    if (!zero.defined()) zero = Tensor::zeros(part, call.input_specs[0].dtype);
    one = zero;
  }
  return {stack(parts, axis)};
}

Tensors expand_view(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  const Shape shape = call.attributes.list("shape");
  Shape strides = shape;
  for (int i = 1; i <= shape.rank(); ++i) {
    strides[-i] = i <= x.rank() && x.size(-i) == shape[-i] ? x.strides()[-i] : 0;
  }
  return {x.alias(shape, strides, x.impl()->offset)};
}
Tensors expand_vjp(const VjpCall& call) { return {sum_to(call.gradient(), call.input_shape(0))}; }

std::vector<TensorSpec> infer_concat(const OpCall& call) {
  const int axis = static_cast<int>(call.attributes.integer("axis"));
  Shape shape = call.inputs[0].shape();
  shape[axis] = 0;
  for (const Tensor& part : call.inputs) {
    Shape other = part.shape();
    const bool same_rank = other.rank() == shape.rank();
    if (same_rank) other[axis] = shape[axis];
    if (!same_rank || !(other == shape) || part.dtype() != call.inputs[0].dtype()) {
      throw Error("E_SHAPE", place("concat"),
                  describe(call.inputs[0]) + " and " + describe(part) + " along axis " + std::to_string(axis),
                  "all other extents and the types must agree");
    }
    shape[axis] += part.size(axis);
  }
  return {spec_of(call.inputs[0].dtype(), shape)};
}
Tensors concat_vjp(const VjpCall& call) {
  const int axis = static_cast<int>(call.attributes.integer("axis"));
  Tensors parts;
  std::int64_t at = 0;
  for (std::size_t i = 0; i < call.input_specs.size(); ++i) {
    const std::int64_t extent = call.input_specs[i].shape[axis];
    parts.push_back(!call.needed(i) ? Tensor() : slice(call.gradient(), axis, at, at + extent));
    at += extent;
  }
  return parts;
}
std::vector<TensorSpec> infer_copy(const OpCall& call) {
  return {spec_of(call.inputs[0].dtype(), call.inputs[0].shape())};
}
Tensors copy_vjp(const VjpCall& call) { return {call.gradient()}; }

const Op kReshape{.name = "reshape", .infer = nullptr, .vjp = reshape_vjp, .view = reshape_view};
const Op kPermute{.name = "permute", .infer = nullptr, .vjp = permute_vjp, .view = permute_view};
const Op kSlice{.name = "slice", .infer = nullptr, .view = slice_view, .scatter = slice_scatter};
const Op kSelect{.name = "select", .infer = nullptr, .view = select_view, .scatter = select_scatter};
const Op kUnbind{.name = "unbind", .infer = nullptr, .vjp = unbind_vjp, .view = unbind_view};
const Op kExpand{.name = "expand", .infer = nullptr, .vjp = expand_vjp, .view = expand_view};
const Op kConcat{.name = "concat", .infer = infer_concat, .vjp = concat_vjp};
const Op kCopy{.name = "copy", .infer = infer_copy, .vjp = copy_vjp};

}  // namespace

std::vector<const Op*> detail::shape_ops() {
  return {&kReshape, &kPermute, &kSlice, &kSelect, &kUnbind, &kExpand, &kConcat, &kCopy};
}

Tensor contiguous(const Tensor& x) { return x.contiguous() ? x : apply_one(kCopy, {x}); }

Tensor reshape(const Tensor& x, const Shape& shape) {
  Shape full = shape;
  int unknown = -1;
  std::int64_t known = 1;
  for (int i = 0; i < full.rank(); ++i) {
    if (full[i] == -1 && unknown < 0) {
      unknown = i;
    } else {
      known *= full[i];
    }
  }
  if (unknown >= 0 && known > 0) full[unknown] = x.numel() / known;
  if (full.numel() != x.numel()) throw Error("E_SHAPE", place("reshape"), x.shape().str() + " to " + shape.str());
  if (full == x.shape()) return x;
  Shape strides;
  const Tensor source = view_strides(x, full, &strides) ? x : contiguous(x);
  return apply(kReshape, {source}, OpAttributes().list("shape", full))[0];
}

Tensor permute(const Tensor& x, const Shape& axes) {
  Shape normal = axes;
  std::uint64_t seen = 0;
  for (int i = 0; i < axes.rank(); ++i) {
    normal[i] = x.shape().normalise(static_cast<int>(axes[i]));
    seen |= bit(static_cast<std::size_t>(normal[i]));
  }
  if (axes.rank() != x.rank() || seen + 1 != bit(static_cast<std::size_t>(x.rank()))) {
    throw Error("E_SHAPE", place("permute"), "axes " + axes.str() + " of a tensor " + x.shape().str());
  }
  return apply(kPermute, {x}, OpAttributes().list("axes", normal))[0];
}

Tensor transpose(const Tensor& x, int a, int b) {
  Shape axes = x.shape();
  for (int i = 0; i < axes.rank(); ++i) axes[i] = i;
  std::swap(axes[a], axes[b]);
  return permute(x, axes);
}

Tensor slice(const Tensor& x, int axis, std::int64_t begin, std::int64_t end) {
  const int at = x.shape().normalise(axis);
  if (begin < 0 || begin > end || end > x.size(at)) {
    throw Error("E_SHAPE", place("slice"),
                "[" + std::to_string(begin) + "," + std::to_string(end) + ") of axis " + std::to_string(at) +
                    " of a tensor " + x.shape().str());
  }
  if (begin == 0 && end == x.size(at)) return x;
  return apply(kSlice, {x}, OpAttributes().integer("axis", at).integer("begin", begin).integer("end", end))[0];
}

Tensor select(const Tensor& x, int axis, std::int64_t index) {
  const int at = x.shape().normalise(axis);
  if (index < 0 || index >= x.size(at)) {
    throw Error("E_SHAPE_INDEX", place("select"),
                std::to_string(index) + " of axis " + std::to_string(at) + " of a tensor " + x.shape().str());
  }
  return apply(kSelect, {x}, OpAttributes().integer("axis", at).integer("index", index))[0];
}

Tensor expand(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  if (!(broadcast_shapes("expand", x.shape(), shape) == shape)) {
    throw Error("E_SHAPE", place("expand"), x.shape().str() + " to " + shape.str());
  }
  return apply(kExpand, {x}, OpAttributes().list("shape", shape))[0];
}

Tensor unsqueeze(const Tensor& x, int axis) {
  const int at = axis < 0 ? axis + x.rank() + 1 : axis;
  Shape shape;
  for (int i = 0; i <= x.rank(); ++i) {
    if (i == at) shape.push_back(1);
    if (i < x.rank()) shape.push_back(x.size(i));
  }
  return reshape(x, shape);
}

Tensors unbind(const Tensor& x, int axis) {
  const OpAttributes attributes = OpAttributes().integer("axis", x.shape().normalise(axis));
  return apply(kUnbind, {x}, attributes);
}

Tensor concat(const Tensors& parts, int axis) {
  if (parts.empty()) throw Error("E_SHAPE", place("concat"), "of no tensors");
  if (parts.size() == 1) return parts[0];
  return apply(kConcat, parts, OpAttributes().integer("axis", parts[0].shape().normalise(axis)))[0];
}

Tensor stack(const Tensors& parts, int axis) {
  Tensors rows;
  const int at = parts.empty() || axis >= 0 ? axis : axis + parts[0].rank() + 1;
  for (const Tensor& part : parts) rows.push_back(unsqueeze(part, at));
  return concat(rows, at);
}

}  // namespace strata
