// What attention mechanisms share: masks, the default contract, weighted sums.
#include "strata/nn/attention.hpp"

#include <string>

#include "strata/nn/roles.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/positions.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

namespace strata {

Mask Mask::of_lengths(const Tensor& lengths, std::int64_t keys_time) {
  Mask mask;
  mask.keys = length_mask(lengths, keys_time);
  return mask;
}

Tensor Mask::dense(std::int64_t rows, std::int64_t queries, std::int64_t keys_time) const {
  Tensor allowed;
  const auto by_rows = [&](const Tensor& x) {  // the keys of each sentence once for each of its rows
    if (!x.defined() || x.size(0) == rows || x.size(0) == 1) return x;
    const std::int64_t sentences = x.size(0);
    return reshape(expand(unsqueeze(x, 1), {sentences, rows / sentences, x.size(1), x.size(2)}),
                   {rows, x.size(1), x.size(2)});
  };
  const auto both = [](const Tensor& a, const Tensor& b) { return a.defined() ? logical_and(a, b) : b; };
  if (keys.defined()) allowed = unsqueeze(keys, 1);                               // [B,1,Tk]
  const bool near = window > 0 && (first_query.defined() || window < keys_time);  // else no key is that far away
  if (causal || near) {
    const Tensor key_at = reshape(iota(keys_time), {1, 1, keys_time});
    Tensor query_at = reshape(iota(queries), {1, queries, 1});
    if (first_query.defined()) {
      query_at = add(query_at, reshape(first_query, {rows, 1, 1}));
      allowed = by_rows(allowed);
    } else {
      query_at = affine(query_at, 1, static_cast<double>(keys_time - queries));
    }
    if (causal) allowed = both(allowed, less_equal(key_at, query_at));
    if (near) allowed = both(allowed, less(query_at, affine(key_at, 1, static_cast<double>(window))));
  }
  if (first_key.defined()) {
    const Tensor key_at = reshape(iota(keys_time), {1, 1, keys_time});
    allowed = both(by_rows(allowed), less_equal(reshape(first_key, {rows, 1, 1}), key_at));
  }
  if (segments.defined()) {
    if (segments.size(0) != rows || segments.size(1) != keys_time || queries > keys_time) {
      throw Error("E_MODEL_ATTENTION", "[attention]",
                  "segments " + segments.shape().str() + " for " + std::to_string(rows) + " rows of " +
                      std::to_string(queries) + " queries and " + std::to_string(keys_time) + " keys",
                  "documents side by side are for a sequence that reads itself as a whole");
    }
    const Tensor of_queries = slice(segments, 1, keys_time - queries, keys_time);
    allowed = both(allowed, equal(unsqueeze(of_queries, 2), unsqueeze(segments, 1)));
  }
  return allowed;
}

Tensor Mask::grouped(std::int64_t sentences, std::int64_t rows, std::int64_t queries, std::int64_t keys_time) const {
  Tensor allowed = dense(rows, queries, keys_time);
  if (!allowed.defined() || rows == sentences) return allowed;
  if (allowed.size(0) == rows) {
    return reshape(expand(allowed, {rows, queries, keys_time}), {sentences, rows / sentences * queries, keys_time});
  }
  if (allowed.size(1) != 1) {
    throw Error("E_MODEL_ATTENTION", "[attention]",
                "a mask by position for " + std::to_string(rows / sentences) + " beams of " + std::to_string(queries) +
                    " queries needs each row's first position");
  }
  return allowed;
}

std::string Attention::lacks(const Positional& positions) const {
  if (positions.traits().rotates) return "does not rotate queries and keys";
  return positions.traits().biases ? "adds nothing to its scores" : "";
}

void Memory::select(const Tensor& rows) {
  if (origin.defined()) {
    origin = index_rows(origin, rows);
    return;
  }
  for (Tensor& part : state) part = index_rows(part, rows);
}

void Attention::append(Memory&, const Tensor&, const Tensor&, const Mask&) {
  throw Error("E_MODEL_ATTENTION", path(), "this attention mechanism cannot extend its memory",
              "it lacks the trait 'incremental'");
}

Attended Attention::self(const Tensor& x, Memory* cache, const Mask& mask) {
  if (cache == nullptr || cache->state.empty()) {
    Memory fresh = prepare(x, x, mask);
    Attended attended = attend(x, fresh, mask);
    if (cache != nullptr) *cache = std::move(fresh);
    return attended;
  }
  append(*cache, x, x, mask);
  return attend(x, *cache, mask);
}

Attended attend_by_scores(const Tensor& scores, const Tensor& values, const Mask& mask) {
  const std::int64_t rows = scores.size(0), queries = scores.size(1), keys = scores.size(2), sentences = values.size(0);
  // Rows of one sentence stand together: they become further queries of it, so that no key or value is copied per beam.
  const Tensor by_sentence = reshape(scores, {sentences, rows / sentences * queries, keys});
  const Tensor allowed = mask.grouped(sentences, rows, queries, keys);
  const Tensor weights = softmax(by_sentence, allowed.defined() ? expand(allowed, by_sentence.shape()) : allowed);
  const Tensor context_rows = matmul(cast(weights, values.dtype()), values);
  Attended attended{reshape(context_rows, {rows, queries, values.size(2)}), {}};
  if (context().capture_weights) attended.weights = reshape(weights, {rows, queries, keys});
  return attended;
}

void require_cross_attention(const Attention& attention, std::string_view name, std::string_view host) {
  if (attention.traits().cross) return;
  throw Error("E_MODEL_ATTENTION", std::string(host),
              "the attention '" + std::string(name) + "' cannot read another sequence (trait cross is false)",
              "`strata plugins show attention` lists the others");
}

}  // namespace strata
