// BagOfNgrams.
#include "ngrams.hpp"

#include "loss.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"

namespace strata {
namespace {

constexpr double kDeviation = 0.1;  // of initial vectors

// i64 [] of a number.
Tensor whole(std::int64_t value) { return Tensor::full({}, static_cast<double>(value), DType::i64); }

// x mod m for 0 <= x < 2^53 / 2, in f64, where all numbers are whole.
Tensor modulo(const Tensor& x, double m) {
  const Tensor quotient = round(affine(x, 1 / m, 0.5 / m - 0.5));  // floor(x / m): no x / m is halfway then
  return sub(x, affine(quotient, m, 0));
}

// The sum of the vectors of the first `counts` places of each row: vectors [B,T,C], counts i64 [B] -> [B,C]
Tensor sum_of(const Tensor& vectors, const Tensor& counts) {
  const Tensor is = less(unsqueeze(iota(vectors.size(1)), 0), unsqueeze(counts, 1));
  return sum(where(unsqueeze(is, 2), vectors, Tensor::full({}, 0, vectors.dtype())), {1});
}

}  // namespace

BagOfNgrams::BagOfNgrams(const Options& options, const Facts& facts)
    : words_(options.words),
      buckets_(options.buckets),
      weights_(class_weights(options.class_weights, facts.sizes.at("label"))),
      embedding_(facts.sizes.at("text"), options.embedding, kDeviation),
      dropout_(options.dropout),
      output_(options.embedding, facts.sizes.at("label")) {
  child("embedding", embedding_);
  if (words_ > 1) {
    runs_ = std::make_unique<Embedding>(options.buckets, options.embedding, kDeviation);
    child("runs", *runs_);
  }
  child("dropout", dropout_);
  child("output", output_);
}

// A polynomial of the ids with a small factor, so that every product stays a whole number of f64.
Tensor BagOfNgrams::buckets_of(const Tensor& ids, std::int64_t length) const {
  constexpr double kFactor = 1000003;
  const std::int64_t count = ids.size(1) - length + 1;
  const auto m = static_cast<double>(buckets_);
  Tensor hash = Tensor::full({}, static_cast<double>(length), DType::f64);
  for (std::int64_t i = 0; i < length; ++i) {
    const Tensor next = cast(slice(ids, 1, i, i + count), DType::f64);
    hash = modulo(add(affine(hash, kFactor, 0), next), m);
  }
  return cast(hash, DType::i64);
}

// -> [B,N]
Tensor BagOfNgrams::classify(const TensorBatch& batch) {
  const Tensor &ids = batch["text"], &lengths = batch["text_lengths"];
  const Tensor words = embedding_(ids);
  Tensor total = sum_of(words, lengths);
  Tensor count = lengths;
  for (std::int64_t length = 2; length <= words_ && length <= ids.size(1); ++length) {
    const Tensor runs = maximum(sub(lengths, whole(length - 1)), whole(0));
    total = add(total, sum_of((*runs_)(contiguous(buckets_of(ids, length))), runs));
    count = add(count, runs);
  }
  const Tensor mean = div(total, unsqueeze(cast(maximum(count, whole(1)), total.dtype()), 1));
  return output_(dropout_(mean));
}

Loss BagOfNgrams::loss(const TensorBatch& batch, const LossOptions& options) {
  return label_loss(classify(batch), batch, weights_, options);
}

}  // namespace strata
