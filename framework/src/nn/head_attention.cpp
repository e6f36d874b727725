// HeadAttention: from model width to heads and back.
#include "strata/nn/head_attention.hpp"

#include <string>

#include "nn/cache_in_place.hpp"
#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

std::int64_t head_width(std::int64_t width, std::int64_t heads) {
  if (heads > 0 && width % heads == 0) return width / heads;
  throw Error("E_CONFIG_ATTENTION", "attention/heads",
              std::to_string(heads) + " heads do not divide a query of width " + std::to_string(width),
              "take a divisor of " + std::to_string(width));
}

std::int64_t key_heads(std::int64_t heads, std::int64_t kv_heads) {
  if (kv_heads == 0) return heads;
  if (heads % kv_heads == 0) return kv_heads;
  throw Error("E_CONFIG_ATTENTION", "attention/kv_heads",
              std::to_string(kv_heads) + " heads of keys do not divide " + std::to_string(heads) + " of queries",
              "take a divisor of " + std::to_string(heads));
}

// mask.grouped with an axis for the heads.
Tensor over_heads(const Mask& mask, std::int64_t rows, std::int64_t queries, const Tensor& k) {
  const Tensor allowed = mask.grouped(k.size(0), rows, queries, k.size(2));
  return allowed.defined() ? unsqueeze(allowed, 1) : allowed;
}

}  // namespace

HeadMask::HeadMask(const Mask& mask, std::int64_t rows, std::int64_t queries, const Tensor& k)
    : mask_(mask), rows_(rows), queries_(queries), k_(k) {}

Tensor HeadMask::allowed() const { return over_heads(mask_, rows_, queries_, k_); }

Tensor HeadMask::valid() const {
  if (!mask_.keys.defined()) return Tensor::full({}, 1.0, k_.dtype(), k_.device());
  return reshape(cast(mask_.keys, k_.dtype()), {k_.size(0), 1, k_.size(2), 1});
}

bool HeadMask::causal() const {
  return mask_.causal && mask_.window == 0 && !mask_.first_query.defined() && rows_ == k_.size(0);
}

Tensor HeadMask::keys() const {
  Mask rest = mask_;
  if (causal()) rest.causal = false;
  return over_heads(rest, rows_, queries_, k_);
}

HeadAttention::HeadAttention(const Options& options, const Facts& facts)
    : heads_(options.heads),
      kv_heads_(key_heads(options.heads, options.kv_heads)),
      width_(head_width(facts.query, options.heads)),
      query_(facts.query, facts.query),
      key_(facts.memory, kv_heads_ * width_),
      value_(facts.memory, kv_heads_ * width_),
      output_(facts.query, facts.query) {
  child("query", query_);
  child("key", key_);
  child("value", value_);
  child("output", output_);
}

Tensor HeadAttention::by_heads(const Tensor& x, std::int64_t heads) const {
  const Tensor taken = size_of(x.dtype()) == 2 && !traits().narrow ? cast(x, DType::f32) : x;
  return reshape(taken, {x.size(0), x.size(1), heads, width_});
}

Tensor HeadAttention::split(const Tensor& x, std::int64_t heads) const {
  return permute(by_heads(x, heads), {0, 2, 1, 3});
}

Tensor HeadAttention::spread(const Tensor& x) const {
  if (kv_heads_ == heads_) return x;
  const std::int64_t batch = x.size(0), time = x.size(2);
  return reshape(expand(unsqueeze(x, 2), {batch, kv_heads_, heads_ / kv_heads_, time, width_}),
                 {batch, heads_, time, width_});
}

HeadAttention::KeysAndValues HeadAttention::project(const Tensor& keys, const Tensor& values) const {
  if (keys.impl() != values.impl()) return {key_(keys), value_(values)};
  const Tensors both = Linear::together(keys, {&key_, &value_});
  return {both[0], both[1]};
}

Memory HeadAttention::prepared(const KeysAndValues& parts) const {
  return {{split(parts[0], kv_heads_), split(parts[1], kv_heads_)}};
}

void HeadAttention::extend(Memory& memory, const KeysAndValues& parts, const Mask& mask) {
  if (!traits().incremental) return Attention::append(memory, parts[0], parts[1], mask);  // which refuses
  if (memory.origin.defined()) {
    detail::extend_in_place(memory, {by_heads(parts[0], kv_heads_), by_heads(parts[1], kv_heads_)});
    return;
  }
  const auto [k, v] = memory.as<2>();
  memory.state = {concat({k, split(parts[0], kv_heads_)}, 2), concat({v, split(parts[1], kv_heads_)}, 2)};
}

// q [R,Tq,heads*D]
Attended HeadAttention::read(const Tensor& q, const Memory& memory, const Mask& given) {
  const Mask mask = narrowed(given);
  if ((mask.causal || mask.window > 0) && !traits().causal) {
    throw Error("E_MODEL_ATTENTION", path(), "this attention mechanism cannot hide the future",
                "it lacks the trait 'causal'");
  }
  const std::int64_t rows = q.size(0), queries = q.size(1), joined_width = heads_ * width_;
  if (memory.origin.defined()) {
    const bool plain = queries == 1 && !mask.keys.defined() && mask.window == 0 && !mask.first_query.defined();
    if (!plain || context().capture_weights) {
      Mask seen = given;
      if (queries == 1 && !seen.first_query.defined()) seen.causal = false;  // the last query hides nothing
      const Memory keys = detail::in_order(memory, seen);
      return read(q, keys, seen);
    }
    const auto [k, v] = memory.as<2>();
    const Tensor found = in_plugin("heads_in_place()", *this, [&, &k = k, &v = v] {
      return heads_in_place(strata::select(by_heads(q, heads_), 1, 0), k, v, memory.origin, memory.used);
    });
    return {output_(as_compute(reshape(found, {rows, 1, joined_width}))), {}};
  }
  const auto [k, v] = memory.as<2>();
  const std::int64_t sentences = k.size(0), keys = k.size(2);
  const std::int64_t all = rows / sentences * queries;  // of a sentence
  const Tensor of_sentences = split(reshape(q, {sentences, all, joined_width}), heads_);
  const Attended found = in_plugin("heads()", *this, [&, &k = k, &v = v] {
    return heads(of_sentences, spread(k), spread(v), HeadMask(mask, rows, queries, k));
  });
  const Tensor joined = reshape(permute(found.context, {0, 2, 1, 3}), {rows, queries, joined_width});
  Attended attended{output_(as_compute(joined)), {}};
  if (context().capture_weights && found.weights.defined()) {
    attended.weights = reshape(mean(found.weights, {1}), {rows, queries, keys});
  }
  return attended;
}

Memory HeadAttention::prepare(const Tensor& keys, const Tensor& values, const Mask&) {
  return prepared(project(keys, values));
}

void HeadAttention::append(Memory& memory, const Tensor& keys, const Tensor& values, const Mask& mask) {
  extend(memory, project(keys, values), mask);
}

Attended HeadAttention::attend(const Tensor& query, const Memory& memory, const Mask& mask) {
  return read(query_(query), memory, mask);
}

// What is written goes into a cache in place; gradients could not follow it there. The positions of a prompt read each
// other before they go there, as their keys are in order still.
Attended HeadAttention::self(const Tensor& x, Memory* cache, const Mask& mask) {
  const bool starts = cache != nullptr && cache->state.empty();
  const bool in_place = starts && traits().in_place && !context().recording;
  if (in_place) *cache = detail::start_in_place(x.size(0));
  const Tensors all = Linear::together(x, {&query_, &key_, &value_});
  const KeysAndValues own{all[1], all[2]};
  const bool prompt = x.size(1) > 1;
  if (cache != nullptr && (!starts || in_place)) {
    extend(*cache, own, mask);
    if (!starts || !prompt) return read(all[0], *cache, mask);
  }
  Memory fresh = prepared(own);
  Attended attended = read(all[0], fresh, mask);
  if (starts && !in_place) *cache = std::move(fresh);
  return attended;
}

Tensor HeadAttention::heads_in_place(const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&) {
  throw Error("E_INTERNAL", path(), "the trait 'in_place' is given, and heads_in_place() is not");
}

}  // namespace strata
