// The source side of the encoder-decoder.
#include "encoder.hpp"

#include <cmath>

#include "strata/ops/elementwise.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata {
namespace {

// x [N,T], index i64 [N,T] -> x[n, index[n, t]].
Tensor gather(const Tensor& x, const Tensor& index) {
  const std::int64_t rows = x.size(0), time = x.size(1);
  const Tensor flat = add(index, affine(reshape(iota(rows), {rows, 1}), static_cast<double>(time), 0));
  return reshape(index_rows(reshape(x, {rows * time}), reshape(flat, {rows * time})), {rows, time});
}

}  // namespace

SourceEncoder::SourceEncoder(const Seq2SeqOptions& options, std::int64_t vocabulary)
    : reverse_(options.reverse_source),
      embedding_(vocabulary, options.embedding, 1 / std::sqrt(static_cast<double>(options.embedding)), kPad),
      dropout_(options.dropout),
      stack_(options.encoder, options.embedding) {
  child("embedding", embedding_);
  child("dropout", dropout_);
  child("stack", stack_);
}

// Each row backwards within its own length; padding stays behind.
Tensor SourceEncoder::order(const TensorBatch& batch) const {
  if (!reverse_) return {};
  const Tensor at = reshape(iota(batch.source.size(1)), {1, batch.source.size(1)});
  const Tensor length = reshape(batch.source_lengths, {batch.source.size(0), 1});
  return where(less(at, length), sub(affine(length, 1, -1), at), at);
}

RecurrentStack::Output SourceEncoder::operator()(const TensorBatch& batch) const {
  const Tensor ids = reverse_ ? gather(batch.source, order(batch)) : batch.source;
  return stack_(dropout_(embedding_(ids)), batch.source_lengths);
}

// A reversal is its own inverse.
Tensor SourceEncoder::in_text_order(const Tensor& weights, const Tensor& order) const {
  if (!weights.defined() || !order.defined()) return weights;
  const std::int64_t sentences = order.size(0), time = order.size(1), block = weights.size(0) / sentences;
  const Tensor each = expand(reshape(order, {sentences, 1, time}), {sentences, block, time});
  return gather(weights, reshape(contiguous(each), {weights.size(0), time}));
}

}  // namespace strata
