// Attention rows: additive_score and sdpa, composed of primitives. B batch, R rows = B*n (n beams), Tq query, Tk key.
#include <cmath>

#include "ops/check_index.hpp"
#include "ops/families.hpp"
#include "ops/gather_cached.hpp"
#include "ops/random_call.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

DType wide_of(DType dtype) { return dtype == DType::f64 ? DType::f64 : DType::f32; }
Tensor wide(const Tensor& x) { return cast(x, wide_of(x.dtype())); }

[[noreturn]] void refuse(const OpCall& call, const char* code, const char* names, const char* rule) {
  std::string actual;
  for (const Tensor& input : call.inputs) actual += (actual.empty() ? "" : ", ") + describe(input);
  throw Error(code, "[" + std::string(call.op.name) + "]", std::string(names) + " are " + actual, rule);
}

void check_floating(const OpCall& call, std::size_t count, const char* names) {
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_floating(call.inputs[i].dtype())) refuse(call, "E_DTYPE", names, "floating types are needed");
  }
}

// Whether `many` is a whole, positive number of times `few`.
bool multiple(std::int64_t many, std::int64_t few) { return few > 0 ? many % few == 0 : many == few; }

std::vector<TensorSpec> score_infer(const OpCall& call) {
  const Tensor &query = call.inputs[0], &keys = call.inputs[1], &v = call.inputs[2];
  const char* names = "query, keys, v";
  check_floating(call, 3, names);
  const bool fits = query.rank() == 3 && keys.rank() == 3 && v.rank() == 1 && query.size(2) == v.size(0) &&
                    keys.size(2) == v.size(0) && multiple(query.size(0), keys.size(0));
  if (!fits) refuse(call, "E_SHAPE", names, "[R,Tq,W], [B,Tk,W] and [W] with R a multiple of B are needed");
  const DType dtype = wide_of(promote(call.op.name, promote(call.op.name, query.dtype(), keys.dtype()), v.dtype()));
  return {spec_of(dtype, {query.size(0), query.size(1), keys.size(1)})};
}

// sum_w v_w tanh(q_w + k_w)
Tensors score_compose(const OpCall& call) {
  const Tensor &query = call.inputs[0], &keys = call.inputs[1], &v = call.inputs[2];
  const std::int64_t batch = keys.size(0), width = v.size(0);
  const Tensor q = reshape(wide(query), {batch, -1, 1, width});           // [B,n*Tq,1,W]
  const Tensor k = reshape(wide(keys), {batch, 1, keys.size(1), width});  // [B,1,Tk,W]
  const Tensor scores = sum(tanh(q + k) * v, {-1});                       // [B,n*Tq,Tk]
  return {reshape(scores, {query.size(0), query.size(1), keys.size(1)})};
}

enum SdpaInput : std::size_t { kQ, kK, kV, kMask, kStep };

// The row's own layout has time before heads: q [R,Tq,H,D], k [B,Tk,K,D], v [B,Tk,K,E] -> [R,Tq,H,E].
std::vector<TensorSpec> sdpa_infer(const OpCall& call) {
  const Tensor &q = call.inputs[kQ], &k = call.inputs[kK], &v = call.inputs[kV], &mask = call.inputs[kMask];
  const char* names = "q, k, v, mask (time before heads)";
  check_floating(call, 3, names);
  const bool fits = q.rank() == 4 && k.rank() == 4 && v.rank() == 4 && q.size(3) == k.size(3) && q.size(3) > 0 &&
                    k.size(0) == v.size(0) && k.size(1) == v.size(1) && k.size(2) == v.size(2) &&
                    multiple(q.size(0), k.size(0)) && multiple(q.size(2), k.size(2));
  if (!fits) {
    refuse(call, "E_SHAPE", names,
           "[R,Tq,H,D], [B,Tk,K,D] and [B,Tk,K,E] with R a multiple of B and H of K are needed");
  }
  if (mask.defined()) {
    const Shape scores{q.size(0), q.size(2), q.size(1), k.size(1)};
    if (mask.dtype() != DType::boolean) refuse(call, "E_DTYPE", names, "the mask is bool");
    if (mask.rank() > 4 || !(broadcast_shapes(call.op.name, mask.shape(), scores) == scores)) {
      refuse(call, "E_SHAPE", names, "the mask broadcasts to [R,H,Tq,Tk]");
    }
  }
  return {spec_of(q.dtype(), {q.size(0), q.size(1), q.size(2), v.size(3)})};
}

// Rows of beams and heads of a group side by side, as they read the same keys: [R,H,Tq,D] <-> [B,K,n*g*Tq,D].
struct Groups {
  std::int64_t batch, beams, kv_heads, group;

  Tensor gather(const Tensor& x) const {
    const std::int64_t time = x.size(2), width = x.size(3);
    if (beams == 1) return reshape(x, {batch, kv_heads, group * time, width});
    const Tensor split = reshape(x, {batch, beams, kv_heads, group, time, width});
    return reshape(permute(split, {0, 2, 1, 3, 4, 5}), {batch, kv_heads, beams * group * time, width});
  }
  Tensor scatter(const Tensor& x) const {
    const std::int64_t time = x.size(2) / (beams * group), width = x.size(3);
    if (beams == 1) return reshape(x, {batch, kv_heads * group, time, width});
    const Tensor split = reshape(x, {batch, kv_heads, beams, group, time, width});
    return reshape(permute(split, {0, 2, 1, 3, 4, 5}), {batch * beams, kv_heads * group, time, width});
  }
};

// Key j is seen by query i where j <= Tk - Tq + i. [Tq,Tk]
Tensor causal_mask(std::int64_t queries, std::int64_t keys) {
  const Tensor last = affine(iota(queries), 1, static_cast<double>(keys - queries));
  return less_equal(unsqueeze(iota(keys), 0), unsqueeze(last, 1));
}

// [.,T,.,.] <-> [.,.,T,.]: a view.
Tensor heads_first(const Tensor& x) { return permute(x, {0, 2, 1, 3}); }

// softmax(scale q k^T) v; scores and weights are wide whatever q is.
Tensors sdpa_compose(const OpCall& call) {
  const Tensor q = heads_first(call.inputs[kQ]), k = heads_first(call.inputs[kK]), v = heads_first(call.inputs[kV]);
  const Groups groups{k.size(0), k.size(0) > 0 ? q.size(0) / k.size(0) : 1, k.size(1), q.size(1) / k.size(1)};
  const double scale = call.attributes.number("scale"), p = call.attributes.number("p");
  const Tensor scores = groups.scatter(matmul(groups.gather(wide(q) * scale), transpose(wide(k))));  // [R,H,Tq,Tk]
  Tensor mask = call.has(kMask) ? call.inputs[kMask] : Tensor();
  if (call.attributes.flag("causal")) {
    const Tensor past = causal_mask(q.size(2), k.size(2));
    mask = mask.defined() ? logical_and(mask, past) : past;
  }
  Tensor weights = softmax(scores, mask);  // [R,H,Tq,Tk]
  if (p > 0) {
    weights = apply(*find_op("dropout"), {weights, call.inputs[kStep]},
                    OpAttributes()
                        .integer("key", call.attributes.integer("key"))
                        .integer("call", call.attributes.integer("call"))
                        .number("p", p))[0];
  }
  const Tensor mixed = groups.scatter(matmul(groups.gather(weights), wide(v)));  // [R,H,Tq,E]
  return {contiguous(heads_first(cast(mixed, q.dtype())))};
}

enum CachedInput : std::size_t { kCachedQ, kCachedK, kCachedV, kOrigin, kUsed, kFirst };

std::vector<TensorSpec> cached_infer(const OpCall& call) {
  const Tensor &q = call.inputs[kCachedQ], &k = call.inputs[kCachedK], &v = call.inputs[kCachedV],
               &origin = call.inputs[kOrigin];
  const char* names = "q, k, v, origin";
  check_floating(call, 3, names);
  const bool fits = q.rank() == 3 && k.rank() == 4 && v.rank() == 4 && origin.rank() == 2 && q.size(2) == k.size(3) &&
                    q.size(2) > 0 && k.size(0) == v.size(0) && k.size(1) == v.size(1) && k.size(2) == v.size(2) &&
                    multiple(q.size(1), k.size(2)) && origin.size(0) == q.size(0) && origin.size(1) <= k.size(1);
  if (!fits) {
    refuse(call, "E_SHAPE", names,
           "[R,H,D], [N,C,K,D], [N,C,K,E] and [R,T] with H a multiple of K and T at most C are needed");
  }
  detail::check_indices(call.op.name, origin, k.size(0));
  if (call.has(kUsed)) {
    const Tensor& used = call.inputs[kUsed];
    detail::check_count(call.op.name, used, 1, origin.size(1));
  }
  if (call.has(kFirst)) {
    const Tensor& first = call.inputs[kFirst];
    if (first.dtype() != DType::i64 || !(first.shape() == Shape{q.size(0)})) {
      throw Error("E_SHAPE", "[sdpa_cached]", "first " + describe(first), "i64 [R] is needed");
    }
  }
  return {spec_of(q.dtype(), {q.size(0), q.size(1), v.size(3)})};
}

Tensors cached_compose(const OpCall& call) {
  const Tensor& origin = call.inputs[kOrigin];
  const Tensor k = detail::gather_cached(call.inputs[kCachedK], origin),
               v = detail::gather_cached(call.inputs[kCachedV], origin);
  Tensor seen = call.has(kUsed) ? less(iota(origin.size(1)), call.inputs[kUsed]) : Tensor();  // [T]
  if (call.has(kFirst)) {
    const Tensor begun = less_equal(reshape(call.inputs[kFirst], {-1, 1, 1, 1}), iota(origin.size(1)));  // [R,1,1,T]
    seen = seen.defined() ? logical_and(seen, begun) : begun;
  }
  const Tensor y = sdpa(unsqueeze(call.inputs[kCachedQ], 2), k, v, seen, {.scale = call.attributes.number("scale")});
  return {reshape(y, {y.size(0), y.size(1), y.size(3)})};
}

const Op kSdpaCached{.name = "sdpa_cached", .infer = cached_infer, .compose = cached_compose};
const Op kScore{.name = "additive_score", .infer = score_infer, .compose = score_compose};
const Op kSdpa{.name = "sdpa", .infer = sdpa_infer, .compose = sdpa_compose};

}  // namespace

std::vector<const Op*> detail::attention_ops() { return {&kScore, &kSdpa, &kSdpaCached}; }

Tensor additive_score(const Tensor& query, const Tensor& keys, const Tensor& v) {
  return apply_one(kScore, {query, keys, v});
}

Tensor sdpa(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask, const SdpaOptions& options) {
  for (const Tensor* x : {&q, &k, &v}) {
    if (x->rank() != 4) {
      throw Error("E_SHAPE", "[sdpa]", "q, k, v are " + describe(q) + ", " + describe(k) + ", " + describe(v),
                  "[R,H,Tq,D], [B,K,Tk,D] and [B,K,Tk,E] are needed");
    }
  }
  const bool drops = options.dropout != 0 && context().training;
  const double factor = options.scale != 0 ? options.scale : 1 / std::sqrt(static_cast<double>(q.size(-1)));
  const Tensor step = drops ? detail::random_step_for("sdpa", options.dropout, options.key,
                                                      {q.size(0), q.size(1), q.size(2), k.size(2)}, q.device())
                            : Tensor();
  return heads_first(apply(kSdpa, {heads_first(q), heads_first(k), heads_first(v), mask, step},
                           OpAttributes()
                               .integer("causal", options.causal ? 1 : 0)
                               .number("scale", factor)
                               .number("p", drops ? options.dropout : 0)
                               .integer("key", static_cast<std::int64_t>(options.key.key))
                               .integer("call", options.key.call))[0]);
}

Tensor sdpa_cached(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& origin, const Tensor& used,
                   double scale, const Tensor& first) {
  const double factor = scale != 0 || q.rank() == 0 ? scale : 1 / std::sqrt(static_cast<double>(q.size(-1)));
  return apply(kSdpaCached, {q, k, v, origin, used, first}, OpAttributes().number("scale", factor))[0];
}

}  // namespace strata
