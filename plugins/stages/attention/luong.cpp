// The global attention of Luong et al. (2015).
#include "luong.hpp"

#include <string>

#include "strata/core/error.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/shape.hpp"

namespace strata {
namespace {

// query [R,Tq,C] . keys [B,Tk,C] -> f32 [R,Tq,Tk]; the rows of one sentence are further queries of it.
Tensor dot_scores(const Tensor& query, const Tensor& keys) {
  const std::int64_t rows = query.size(0), queries = query.size(1), sentences = keys.size(0);
  const Tensor grouped = reshape(query, {sentences, rows / sentences * queries, query.size(2)});
  const Tensor scores = matmul(grouped, transpose(keys));
  return reshape(size_of(scores.dtype()) == 2 ? cast(scores, DType::f32) : scores, {rows, queries, keys.size(1)});
}

}  // namespace

DotAttention::DotAttention(const NoOptions&, const Facts& facts) : width_(facts.memory) {
  if (facts.query == facts.memory) return;
  throw Error("E_CONFIG_ATTENTION", "attention/dot",
              "the query is " + std::to_string(facts.query) + " wide, the memory " + std::to_string(facts.memory),
              "make them equal, or use \"general\"");
}

Memory DotAttention::prepare(const Tensor& keys, const Tensor& values, const Mask&) { return {{values, keys}}; }

Attended DotAttention::attend(const Tensor& query, const Memory& memory, const Mask& mask) {
  const auto [values, keys] = memory.as<2>();
  return attend_by_scores(dot_scores(query, keys), values, mask);
}

GeneralAttention::GeneralAttention(const NoOptions&, const Facts& facts)
    : memory_(facts.memory), key_(facts.memory, facts.query, false) {
  child("key", key_);
}

// keys, values [B,Tk,M] -> values, W k [B,Tk,Q]
Memory GeneralAttention::prepare(const Tensor& keys, const Tensor& values, const Mask&) {
  return {{values, key_(keys)}};
}

Attended GeneralAttention::attend(const Tensor& query, const Memory& memory, const Mask& mask) {
  const auto [values, keys] = memory.as<2>();
  return attend_by_scores(dot_scores(query, keys), values, mask);
}

}  // namespace strata
