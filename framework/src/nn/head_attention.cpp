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

std::int64_t head_width(std::int64_t width, std::int64_t heads, std::int64_t given) {
  if (given > 0) return given;
  if (heads > 0 && width % heads == 0) return width / heads;
  throw Error("E_CONFIG_ATTENTION", "attention/heads",
              std::to_string(heads) + " heads do not divide a query of width " + std::to_string(width),
              "take a divisor of " + std::to_string(width) + ", or give head_width");
}

std::int64_t key_heads(std::int64_t heads, std::int64_t kv_heads) {
  if (kv_heads == 0) return heads;
  if (heads % kv_heads == 0) return kv_heads;
  throw Error("E_CONFIG_ATTENTION", "attention/kv_heads",
              std::to_string(kv_heads) + " heads of keys do not divide " + std::to_string(heads) + " of queries",
              "take a divisor of " + std::to_string(heads));
}

// [B,T,heads,D] <-> [B,heads,T,D], a view
Tensor heads_first(const Tensor& x) { return permute(x, {0, 2, 1, 3}); }

}  // namespace

HeadAttention::HeadAttention(const Options& options, const Facts& facts)
    : heads_(options.heads),
      kv_heads_(key_heads(options.heads, options.kv_heads)),
      width_(head_width(facts.query, options.heads, options.head_width)),
      query_(facts.query, heads_ * width_, options.bias != HeadBias::none),
      key_(facts.memory, kv_heads_ * width_, options.bias != HeadBias::none),
      value_(facts.memory, kv_heads_ * width_, options.bias != HeadBias::none),
      output_(heads_ * width_, facts.query, options.bias == HeadBias::all),
      positions_(facts.positions) {
  child("query", query_);
  child("key", key_);
  child("value", value_);
  child("output", output_);
  if (!options.qk_norm) return;
  query_norm_ = options.qk_norm.make({width_});
  key_norm_ = options.qk_norm.make({width_});
  child("query_norm", query_norm_);
  child("key_norm", key_norm_);
}

std::string HeadAttention::lacks(const Positional& positions) const {
  return positions.traits().biases && !traits().bias ? "adds nothing to its scores (trait bias is false)" : "";
}

Tensor HeadAttention::by_heads(const Tensor& x, std::int64_t heads) const {
  const Tensor taken = size_of(x.dtype()) == 2 && !traits().narrow ? cast(x, DType::f32) : x;
  return reshape(taken, {x.size(0), x.size(1), heads, width_});
}

Tensor HeadAttention::rotated(const Tensor& x, const Mask& mask) const {
  if (positions_ == nullptr) return x;
  if (!mask.positions.defined()) {
    throw Error("E_MODEL_ATTENTION", path(), "there are positions, but the host does not say which (Mask::positions)");
  }
  const Tensor first = heads_first(x);  // [B,heads,T,D]
  const Tensor turned = in_plugin("rotate()", *positions_, [&] { return positions_->rotate(first, mask.positions); });
  if (turned.impl() == first.impl()) return x;
  if (!positions_->traits().rotates) {
    throw Error("E_MODEL_POSITIONS", positions_->path(),
                "rotate() changes its argument, but the trait 'rotates' is not given",
                "declare it where the component is registered");
  }
  return heads_first(turned);
}

Tensor HeadAttention::spread(const Tensor& x) const {
  if (kv_heads_ == heads_) return x;
  const std::int64_t batch = x.size(0), time = x.size(2);
  return reshape(expand(unsqueeze(x, 2), {batch, kv_heads_, heads_ / kv_heads_, time, width_}),
                 {batch, heads_, time, width_});
}

Tensor HeadAttention::queries(const Tensor& projected, const Mask& mask, bool own) const {
  const Tensor q = by_heads(projected, heads_);
  const Tensor normed = query_norm_ == nullptr ? q : (*query_norm_)(q);
  return own ? rotated(normed, mask) : normed;
}

Tensors HeadAttention::keys_and_values(const Tensor& keys, const Tensor& values, const Mask& mask, bool own) const {
  const Tensor k = by_heads(keys, kv_heads_);
  const Tensor normed = key_norm_ == nullptr ? k : (*key_norm_)(k);
  Tensors parts{own ? rotated(normed, mask) : normed, by_heads(values, kv_heads_)};
  if (own && positions_ != nullptr && positions_->traits().biases) {
    parts.push_back(reshape(contiguous(expand(mask.positions, {k.size(0), k.size(1)})), {k.size(0), k.size(1), 1, 1}));
  }
  return parts;
}

Tensors HeadAttention::project(const Tensor& keys, const Tensor& values, const Mask& mask) const {
  if (keys.impl() != values.impl()) return keys_and_values(key_(keys), value_(values), mask, false);
  const Tensors both = Linear::together(keys, {&key_, &value_});
  return keys_and_values(both[0], both[1], mask, false);
}

Memory HeadAttention::prepared(const Tensors& parts) {
  Memory memory;
  for (const Tensor& part : parts) memory.state.push_back(heads_first(part));
  return memory;
}

void HeadAttention::extend(Memory& memory, const Tensors& parts, const Mask& mask) {
  if (!traits().incremental) return Attention::append(memory, parts[0], parts[1], mask);  // which refuses
  if (memory.origin.defined()) return detail::extend_in_place(memory, parts);
  if (memory.state.size() != parts.size()) throw Error("E_INTERNAL", path(), "a memory of another mechanism");
  for (std::size_t i = 0; i < parts.size(); ++i) {
    memory.state[i] = concat({memory.state[i], heads_first(parts[i])}, 2);
  }
}

// The positions of the keys are the third part of the memory.
Tensor HeadAttention::bias_of(const Tensors& memory, const Mask& mask, std::int64_t rows) const {
  if (memory.size() < 3) return {};
  const Tensor& keys = memory[2];  // [B,1,Tk,1]
  if (keys.size(0) != rows) {
    throw Error("E_MODEL_ATTENTION", path(), "positions that bias scores are for a sequence that reads itself");
  }
  const Tensor at = reshape(keys, {keys.size(0), keys.size(2)});
  return in_plugin("bias()", *positions_, [&] { return positions_->bias(mask.positions, at); });
}

// One query a row over keys where they are, or over a copy in order where the mechanism cannot read them so.
Attended HeadAttention::read_in_place(const Tensor& q, const Memory& memory, const Mask& given, const Mask& mask) {
  const std::int64_t rows = q.size(0), queries = q.size(1);
  Mask seen = given;
  if (queries == 1 && !seen.first_query.defined()) seen.causal = false;  // the last query hides nothing
  const bool plain = queries == 1 && !mask.keys.defined() && !mask.first_query.defined() && memory.state.size() == 2;
  if (queries == 1 && !mask.first_query.defined()) {
    seen.first_key = detail::first_key(memory, mask);
    seen.window = 0;
  }
  if (!plain || context().capture_weights) {
    const Memory keys = detail::in_order(memory, seen);
    return read(q, keys, seen);
  }
  const auto [k, v] = memory.as<2>();
  const Tensor found = in_plugin("heads_in_place()", *this, [&, &k = k, &v = v] {
    return heads_in_place(strata::select(q, 1, 0), k, v, memory.origin, memory.used, seen.first_key);
  });
  return {output_(as_compute(reshape(found, {rows, 1, heads_ * width_}))), {}};
}

// q [R,Tq,H,D]
Attended HeadAttention::read(const Tensor& q, const Memory& memory, const Mask& given) {
  const Mask mask = narrowed(given);
  if ((mask.causal || mask.window > 0) && !traits().causal) {
    throw Error("E_MODEL_ATTENTION", path(), "this attention mechanism cannot hide the future",
                "it lacks the trait 'causal'");
  }
  if (memory.origin.defined()) return read_in_place(q, memory, given, mask);
  const Tensor &k = memory.state[0], &v = memory.state[1];
  const std::int64_t rows = q.size(0), queries = q.size(1), sentences = k.size(0), keys = k.size(2);
  const std::int64_t all = rows / sentences * queries;  // of a sentence
  const Tensor of_sentences = heads_first(reshape(q, {sentences, all, heads_, width_}));
  const HeadMask rules(mask, rows, queries, k, bias_of(memory.state, given, rows));
  const Attended found = in_plugin("heads()", *this, [&] { return heads(of_sentences, spread(k), spread(v), rules); });
  const Tensor joined = reshape(heads_first(found.context), {rows, queries, heads_ * width_});
  Attended attended{output_(as_compute(joined)), {}};
  if (context().capture_weights && found.weights.defined()) {
    attended.weights = reshape(mean(found.weights, {1}), {rows, queries, keys});
  }
  return attended;
}

Memory HeadAttention::prepare(const Tensor& keys, const Tensor& values, const Mask& mask) {
  return prepared(project(keys, values, mask));
}

void HeadAttention::append(Memory& memory, const Tensor& keys, const Tensor& values, const Mask& mask) {
  extend(memory, project(keys, values, mask), mask);
}

Attended HeadAttention::attend(const Tensor& query, const Memory& memory, const Mask& mask) {
  return read(queries(query_(query), mask, false), memory, mask);
}

// What is written goes into a cache in place; gradients could not follow it there. The positions of a prompt read each
// other before they go there, as their keys are in order still.
Attended HeadAttention::self(const Tensor& x, Memory* cache, const Mask& mask) {
  const bool starts = cache != nullptr && cache->state.empty();
  const bool in_place = starts && traits().in_place && !context().recording;
  const Tensors all = Linear::together(x, {&query_, &key_, &value_});
  const Tensor q = queries(all[0], mask, true);
  const Tensors own = keys_and_values(all[1], all[2], mask, true);
  if (in_place) *cache = detail::start_in_place(x.size(0), own.size());
  const bool prompt = x.size(1) > 1;
  if (cache != nullptr && (!starts || in_place)) {
    extend(*cache, own, mask);
    if (!starts || !prompt) return read(q, *cache, mask);
  }
  Memory fresh = prepared(own);
  Attended attended = read(q, fresh, mask);
  if (starts && !in_place) *cache = std::move(fresh);
  return attended;
}

Tensor HeadAttention::heads_in_place(const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&,
                                     const Tensor&) {
  throw Error("E_INTERNAL", path(), "the trait 'in_place' is given, and heads_in_place() is not");
}

}  // namespace strata
