// Walk: candidates without a [R,V] of log-probabilities, and rows that leave.
#include "decode/walk.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "strata/autograd/context.hpp"
#include "strata/core/error.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata::detail {
Walk::Walk(Generator& generator, const TensorBatch& batch, const DecodeOptions& options)
    : generator_(generator), options_(options) {
  rows_ = running_ = batch.source.size(0);
  source_time_ = batch.source.size(1);
  source_lengths_ = batch.source_lengths.to_integers();
  state_ = generator_.begin(batch);
  ids_ = Tensor::full({rows_}, kStart, DType::i64);
}

std::int64_t Walk::longest(std::int64_t sentence) const {
  const std::int64_t asked = options_.longest(source_length(sentence) - 1), most = generator_.max_length();
  return most > 0 ? std::min(asked, most) : asked;
}

Tensor Walk::step() {
  ++length_;
  return generator_.step(*state_, ids_);
}

void Walk::refuse(std::int64_t row, double log_probability) const {
  throw Error("E_MODEL_LOGITS", "[decode]",
              "the best token of row " + std::to_string(row) + " at step " + std::to_string(length_) +
                  " has log-probability " + std::to_string(log_probability),
              "the weights are not finite, or f32 is needed instead of bf16");
}

bool Walk::allowed(std::int64_t token) const {
  if (token == kPad || token == kStart) return false;
  if (token == kUnk) return options_.allow_unknown;
  return token != kEnd || length_ > options_.min_length;
}

// log p(w) = z(w) - log sum exp z. The cross-entropy of each row's best token is the only pass over V beside the top k:
// log p(w) = (z(w) - z(best)) - xent(best).
void Walk::best(const Tensor& logits, std::int64_t count, Candidates& out) {
  const std::int64_t vocabulary = logits.size(1);
  const std::int64_t k = std::min(vocabulary, count + kSpecials);  // room for those that are not allowed
  const TopK top = topk(logits, static_cast<int>(k));
  const std::vector<double> loss = softmax_xent(logits, contiguous(select(top.indices, 1, 0)), 0, -1).to_doubles();
  const std::vector<double> values = top.values.to_doubles();
  const std::vector<std::int64_t> tokens = top.indices.to_integers();
  logits_ = logits;
  host_logits_.clear();
  normalisers_.resize(index(rows_));
  out.width = count;
  out.all.resize(index(rows_ * count));
  out.have.assign(index(rows_), 0);
  for (std::int64_t r = 0; r < rows_; ++r) {
    if (!std::isfinite(loss[index(r)])) refuse(r, -loss[index(r)]);
    normalisers_[index(r)] = values[index(r * k)] + loss[index(r)];
    const std::size_t from = index(r * k);
    Candidates::One* row = out.all.data() + r * count;
    std::int32_t& have = out.have[index(r)];
    for (std::size_t j = from; j < from + index(k) && have < count; ++j) {
      const double log_probability = (values[j] - values[from]) - loss[index(r)];
      if (log_probability == -INFINITY) break;
      if (allowed(tokens[j])) row[have++] = {static_cast<std::int32_t>(tokens[j]), log_probability};
    }
  }
}

double Walk::log_probability(std::int64_t row, std::int32_t token) const {
  if (token >= logits_.size(1)) {
    throw Error("E_DATA_CONSTRAINT", "[decode]",
                "token " + std::to_string(token) + " is not among the " + std::to_string(logits_.size(1)) +
                    " that the model writes");
  }
  if (host_logits_.empty()) host_logits_ = logits_.to_doubles();
  return host_logits_[index(row * logits_.size(1) + token)] - normalisers_[index(row)];
}

std::vector<float> Walk::weights() const {
  if (!context().capture_weights) return {};
  const Tensor weights = generator_.alignment(*state_);
  if (!weights.defined()) return {};
  if (weights.rank() != 2 || weights.size(0) != rows_ || weights.size(1) != source_time_) {
    throw Error("E_SHAPE", "[decode]",
                "alignment " + weights.str() + ", expected [" + std::to_string(rows_) + "," +
                    std::to_string(source_time_) + "]");
  }
  const std::vector<double> values = weights.to_doubles();
  return {values.begin(), values.end()};
}

void Walk::advance(std::span<const std::int64_t> rows, std::span<const std::int64_t> tokens,
                   std::span<const std::int64_t> alive) {
  const auto count = static_cast<std::int64_t>(rows.size());
  bool moved = count != rows_;
  for (std::int64_t r = 0; r < count && !moved; ++r) moved = rows[index(r)] != r;
  const bool left = static_cast<std::int64_t>(alive.size()) != running_;
  if (moved || left) {
    const Tensor sentences = left ? Tensor::from(alive, {static_cast<std::int64_t>(alive.size())}) : Tensor();
    generator_.reorder(*state_, Tensor::from(rows, {count}), sentences);
  }
  rows_ = count;
  running_ = static_cast<std::int64_t>(alive.size());
  ids_ = Tensor::from(tokens, {count});
}

void append_weights(std::vector<float>& to, const std::vector<float>& weights, std::int64_t row, std::int64_t time,
                    std::int64_t source_length) {
  if (weights.empty()) return;
  const auto begin = weights.begin() + row * time;
  to.insert(to.end(), begin, begin + source_length);
}

}  // namespace strata::detail
