// Reference kernels of attention: additive_score and sdpa. Row r of the query reads row r / (R/B) of the keys.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/reference/reference.hpp"

namespace strata::detail::reference {
namespace {

// query [R,Tq,W], keys [B,Tk,W], v [W] -> [R,Tq,Tk]
void additive_score(const KernelCall& call) {
  const Array query = load(call.inputs[0]), keys = load(call.inputs[1]), v = load(call.inputs[2]);
  Array scores = like(call.outputs[0]);
  const std::int64_t beams = keys.size(0) > 0 ? query.size(0) / keys.size(0) : 1;
  for (std::int64_t r = 0; r < query.size(0); ++r) {
    for (std::int64_t i = 0; i < query.size(1); ++i) {
      for (std::int64_t j = 0; j < keys.size(1); ++j) {
        for (std::int64_t w = 0; w < v.size(0); ++w) {
          scores.at(r, i, j) += v.at(w) * std::tanh(query.at(r, i, w) + keys.at(r / beams, j, w));
        }
      }
    }
  }
  store(call.outputs[0], scores);
}

// q [R,H,Tq,D], k [B,K,Tk,D], v [B,K,Tk,E] -> [R,H,Tq,E]
void sdpa(const KernelCall& call) {
  const Array q = load(call.inputs[0]), k = load(call.inputs[1]), v = load(call.inputs[2]), mask = load(call.inputs[3]);
  const double scale = call.attributes.number("scale");
  const bool causal = call.attributes.flag("causal");
  Array out = like(call.outputs[0]);
  const std::int64_t beams = k.size(0) > 0 ? q.size(0) / k.size(0) : 1,
                     group = q.size(1) / std::max<std::int64_t>(1, k.size(1));
  const std::int64_t queries = q.size(2), keys = k.size(2);
  for (std::int64_t r = 0; r < q.size(0); ++r) {
    for (std::int64_t h = 0; h < q.size(1); ++h) {
      for (std::int64_t i = 0; i < queries; ++i) {
        const auto seen = [&](std::int64_t j) {
          return (!causal || j <= keys - queries + i) && (!mask.given() || broadcast_at(mask, {r, h, i, j}) != 0);
        };
        std::vector<double> weights(static_cast<std::size_t>(keys), 0.0);
        double highest = -std::numeric_limits<double>::infinity(), total = 0;
        for (std::int64_t j = 0; j < keys; ++j) {
          double& score = weights[static_cast<std::size_t>(j)];
          for (std::int64_t d = 0; d < q.size(3); ++d) score += q.at(r, h, i, d) * k.at(r / beams, h / group, j, d);
          score *= scale;
          if (seen(j)) highest = std::max(highest, score);
        }
        for (std::int64_t j = 0; j < keys; ++j) {
          double& weight = weights[static_cast<std::size_t>(j)];
          weight = seen(j) ? std::exp(weight - highest) : 0;
          total += weight;
        }
        if (total == 0) continue;  // no key is seen: zeros
        for (std::int64_t j = 0; j < keys; ++j) {
          const double weight = weights[static_cast<std::size_t>(j)] / total;
          for (std::int64_t e = 0; e < v.size(3); ++e) out.at(r, h, i, e) += weight * v.at(r / beams, h / group, j, e);
        }
      }
    }
  }
  store(call.outputs[0], out);
}

}  // namespace

void add_attention(KernelRows& rows) {
  rows.push_back(reference_row("additive_score", additive_score));
  rows.push_back(reference_row("sdpa", sdpa));
}

}  // namespace strata::detail::reference
