// Reference kernels of attention: additive_score and sdpa. Row r of the query reads row r / (R/B) of the keys.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/reference/reference.hpp"
#include "strata/ops/random_bits.hpp"

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

// q [R,Tq,H,D], k [B,Tk,K,D], v [B,Tk,K,E] -> [R,Tq,H,E]
void sdpa(const KernelCall& call) {
  const Array q = load(call.inputs[0]), k = load(call.inputs[1]), v = load(call.inputs[2]), mask = load(call.inputs[3]);
  const double scale = call.attributes.number("scale"), p = call.attributes.number("p");
  const bool causal = call.attributes.flag("causal");
  const auto key = static_cast<std::uint64_t>(call.attributes.integer("key"));
  const std::int64_t step = p > 0 ? *call.inputs[4].as<const std::int64_t>() : 0;
  Array out = like(call.outputs[0]);
  const std::int64_t queries = q.size(1), heads = q.size(2), keys = k.size(1),
                     beams = k.size(0) > 0 ? q.size(0) / k.size(0) : 1,
                     group = heads / std::max<std::int64_t>(1, k.size(2));
  for (std::int64_t r = 0; r < q.size(0); ++r) {
    for (std::int64_t h = 0; h < heads; ++h) {
      for (std::int64_t i = 0; i < queries; ++i) {
        const auto seen = [&](std::int64_t j) {
          return (!causal || j <= keys - queries + i) && (!mask.given() || broadcast_at(mask, {r, h, i, j}) != 0);
        };
        const auto dropped = [&](std::int64_t j) {
          const std::int64_t e = ((r * heads + h) * queries + i) * keys + j;
          const PhiloxBlock block = random_block(key, call.attributes.integer("call"), step, e / 4);
          return block.word[e % 4] < dropout_threshold(p);
        };
        std::vector<double> weights(static_cast<std::size_t>(keys), 0.0);
        double highest = -std::numeric_limits<double>::infinity(), total = 0;
        for (std::int64_t j = 0; j < keys; ++j) {
          double& score = weights[static_cast<std::size_t>(j)];
          for (std::int64_t d = 0; d < q.size(3); ++d) score += q.at(r, i, h, d) * k.at(r / beams, j, h / group, d);
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
          double weight = weights[static_cast<std::size_t>(j)] / total;
          if (p > 0) weight = dropped(j) ? 0 : weight * dropout_scale(p);
          for (std::int64_t e = 0; e < v.size(3); ++e) out.at(r, i, h, e) += weight * v.at(r / beams, j, h / group, e);
        }
      }
    }
  }
  store(call.outputs[0], out);
}

// q [R,H,D], k [N,C,K,D], v [N,C,K,E], origin [R,T], used [] or none -> [R,H,E]
void sdpa_cached(const KernelCall& call) {
  const Array q = load(call.inputs[0]), k = load(call.inputs[1]), v = load(call.inputs[2]),
              origin = load(call.inputs[3]);
  const double scale = call.attributes.number("scale");
  Array out = like(call.outputs[0]);
  const View& used = call.inputs[4];
  const std::int64_t heads = q.size(1), keys = used.present() ? *used.as<const std::int64_t>() : origin.size(1),
                     group = heads / std::max<std::int64_t>(1, k.size(2));
  const Array first = input(call, 5);
  for (std::int64_t r = 0; r < q.size(0); ++r) {
    const std::int64_t begin = first.given() ? std::max<std::int64_t>(0, static_cast<std::int64_t>(first.at(r))) : 0;
    for (std::int64_t h = 0; h < heads; ++h) {
      const auto row = [&](std::int64_t j) { return static_cast<std::int64_t>(origin.at(r, j)); };
      std::vector<double> scores(static_cast<std::size_t>(keys), 0.0);
      double highest = -std::numeric_limits<double>::infinity(), total = 0;
      for (std::int64_t j = begin; j < keys; ++j) {
        double& score = scores[static_cast<std::size_t>(j)];
        for (std::int64_t d = 0; d < q.size(2); ++d) score += scale * q.at(r, h, d) * k.at(row(j), j, h / group, d);
        highest = std::max(highest, score);
      }
      for (std::int64_t j = begin; j < keys; ++j) {
        double& score = scores[static_cast<std::size_t>(j)];
        total += score = std::exp(score - highest);
      }
      for (std::int64_t j = begin; j < keys; ++j) {
        const double weight = scores[static_cast<std::size_t>(j)] / total;
        for (std::int64_t e = 0; e < v.size(3); ++e) out.at(r, h, e) += weight * v.at(row(j), j, h / group, e);
      }
    }
  }
  store(call.outputs[0], out);
}

}  // namespace

void add_attention(KernelRows& rows) {
  rows.push_back(reference_row("additive_score", additive_score));
  rows.push_back(reference_row("sdpa", sdpa));
  rows.push_back(reference_row("sdpa_cached", sdpa_cached));
}

}  // namespace strata::detail::reference
