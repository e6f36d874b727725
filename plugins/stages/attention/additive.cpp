// Additive attention (Bahdanau et al., 2015).
#include "additive.hpp"

#include "strata/ops/fused.hpp"

namespace strata {

AdditiveAttention::AdditiveAttention(const Options& options, const Facts& facts, bool query_bias)
    : memory_(facts.memory),
      width_(options.width > 0 ? options.width : facts.memory),
      query_(facts.query, width_, query_bias),
      key_(facts.memory, width_, false) {
  child("query", query_);
  child("key", key_);
  score_ = parameter("score.weight", {width_}, Init::xavier(width_, 1), ParameterKind::weight);  // one row
}

// keys, values [B,Tk,M] -> values, U h [B,Tk,W]
Memory AdditiveAttention::prepare(const Tensor& keys, const Tensor& values, const Mask&) {
  return {{values, key_(keys)}};
}

// query [R,Tq,Q] -> context [R,Tq,M]
Attended AdditiveAttention::attend(const Tensor& query, const Memory& memory, const Mask& mask) {
  const auto [values, keys] = memory.as<2>();
  return attend_by_scores(additive_score(query_(query), keys, score_), values, mask);
}

}  // namespace strata
