// TableGenerator: a Generator whose every distribution is a function of (source, prefix), so that truth can be
// enumerated. It checks the contract of reorder on the way.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "strata/core/philox.hpp"
#include "strata/decode/search.hpp"
#include "strata/tensor/context.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata::test {

using Ids = std::vector<std::int64_t>;

// Logits of the next token: of what is in the source (</s> and padding left out) and what is written (<s> left out).
using Table = std::function<std::vector<float>(const Ids& source, const Ids& prefix)>;

inline std::uint64_t mix(std::uint64_t seed, const Ids& a, const Ids& b) {
  std::uint64_t hash = seed * 0x9E3779B97F4A7C15U + 1;
  const auto add = [&hash](std::int64_t word) {
    hash = (hash ^ static_cast<std::uint64_t>(word + 7)) * 0x100000001B3U;
    hash ^= hash >> 29U;
  };
  for (const std::int64_t id : a) add(id);
  add(-1);
  for (const std::int64_t id : b) add(id);
  return hash;
}

// Logits in [-spread/2, spread/2), independent for every (source, prefix).
inline Table random_table(std::uint64_t seed, std::int64_t vocabulary, float spread = 4) {
  return [=](const Ids& source, const Ids& prefix) {
    std::vector<float> logits;
    const std::uint64_t key = mix(seed, source, prefix);
    for (std::int64_t v = 0; v < vocabulary; ++v) {
      logits.push_back(spread *
                       (philox_uniform(philox4x32({{static_cast<std::uint32_t>(v), 0, 0, 0}}, key).word[0]) - 0.5F));
    }
    return logits;
  };
}

inline std::vector<float> table_weights(const Ids& source, const Ids& prefix, std::int64_t time) {
  std::vector<float> weights(static_cast<std::size_t>(time), 0);
  for (std::size_t s = 0; s <= source.size(); ++s) {
    weights[s] = philox_uniform(philox4x32({{static_cast<std::uint32_t>(s), 1, 0, 0}}, mix(5, source, prefix)).word[0]);
  }
  return weights;
}

class TableGenerator final : public Generator {
 public:
  struct Rows final : State {
    std::vector<Ids> sources;
    std::vector<Ids> prefixes;  // <s> first
    std::vector<std::size_t> sentence;
    std::int64_t time = 0;
  };

  std::int64_t longest = 0;  // max_length()
  std::int64_t max_length() const override { return longest; }

  TableGenerator(Table table, std::int64_t vocabulary) : table_(std::move(table)), vocabulary_(vocabulary) {}

  std::unique_ptr<State> begin(const TensorBatch& batch) override {
    auto state = std::make_unique<Rows>();
    const Ids ids = batch["source"].to_integers(), lengths = batch["source_lengths"].to_integers();
    state->time = batch["source"].size(1);
    for (std::size_t b = 0; b < lengths.size(); ++b) {
      const auto first = ids.begin() + static_cast<std::ptrdiff_t>(b) * state->time;
      state->sources.emplace_back(first, first + lengths[b] - 1);
      state->sentence.push_back(b);
      state->prefixes.emplace_back();
    }
    return state;
  }

  Tensor step(State& state, const Tensor& ids) override {
    auto& rows = static_cast<Rows&>(state);
    const Ids last = ids.to_integers();
    BOOST_REQUIRE_EQUAL(last.size(), rows.prefixes.size());
    steps += 1;
    rows_computed += static_cast<std::int64_t>(last.size());
    std::vector<float> logits;
    for (std::size_t r = 0; r < last.size(); ++r) {
      rows.prefixes[r].push_back(last[r]);
      const auto row = table_(rows.sources[rows.sentence[r]], {rows.prefixes[r].begin() + 1, rows.prefixes[r].end()});
      logits.insert(logits.end(), row.begin(), row.end());
    }
    return Tensor::from(logits, {static_cast<std::int64_t>(last.size()), vocabulary_});
  }

  void reorder(State& state, const Tensor& rows_tensor, const Tensor& sentences) override {
    auto& rows = static_cast<Rows&>(state);
    Ids alive;
    if (sentences.defined()) {
      alive = sentences.to_integers();
    } else {
      for (std::size_t s = 0; s < rows.sources.size(); ++s) alive.push_back(static_cast<std::int64_t>(s));
    }
    BOOST_REQUIRE(std::is_sorted(alive.begin(), alive.end()));
    const Ids from = rows_tensor.to_integers();
    BOOST_REQUIRE(!alive.empty());
    BOOST_REQUIRE_EQUAL(from.size() % alive.size(), 0);
    Rows next;
    for (const std::int64_t s : alive) next.sources.push_back(rows.sources.at(static_cast<std::size_t>(s)));
    for (std::size_t i = 0; i < from.size(); ++i) {
      const auto r = static_cast<std::size_t>(from[i]);
      const std::size_t place = i / (from.size() / alive.size());
      BOOST_REQUIRE_EQUAL(rows.sentence.at(r), static_cast<std::size_t>(alive[place]));
      next.prefixes.push_back(rows.prefixes[r]);
      next.sentence.push_back(place);
    }
    rows.sources = next.sources;
    rows.prefixes = next.prefixes;
    rows.sentence = next.sentence;
  }

  Tensor alignment(const State& state) const override {
    if (!context().capture_weights) return {};
    const auto& rows = static_cast<const Rows&>(state);
    std::vector<float> weights;
    for (std::size_t r = 0; r < rows.prefixes.size(); ++r) {
      const auto row = table_weights(rows.sources[rows.sentence[r]],
                                     {rows.prefixes[r].begin() + 1, rows.prefixes[r].end()}, rows.time);
      weights.insert(weights.end(), row.begin(), row.end());
    }
    return Tensor::from(weights, {static_cast<std::int64_t>(rows.prefixes.size()), rows.time});
  }

  std::int64_t steps = 0, rows_computed = 0;

 private:
  Table table_;
  std::int64_t vocabulary_;
};

// A padded batch of sources, </s> added.
inline TensorBatch sources_batch(const std::vector<Ids>& sources) {
  std::size_t time = 0;
  Ids lengths, ids;
  for (const Ids& source : sources) time = std::max(time, source.size() + 1);
  for (const Ids& source : sources) {
    lengths.push_back(static_cast<std::int64_t>(source.size()) + 1);
    ids.insert(ids.end(), source.begin(), source.end());
    ids.push_back(kEnd);
    ids.insert(ids.end(), time - source.size() - 1, kPad);
  }
  TensorBatch batch;
  batch.put("source", Tensor::from(ids, {static_cast<std::int64_t>(sources.size()), static_cast<std::int64_t>(time)}));
  batch.put("source_lengths", Tensor::from(lengths, {static_cast<std::int64_t>(sources.size())}));
  return batch;
}

inline std::vector<double> log_softmax_of(const std::vector<float>& logits) {
  double highest = -INFINITY, sum = 0;
  for (const float z : logits) highest = std::max(highest, static_cast<double>(z));
  for (const float z : logits) sum += std::exp(static_cast<double>(z) - highest);
  std::vector<double> out;
  for (const float z : logits) out.push_back(static_cast<double>(z) - highest - std::log(sum));
  return out;
}

}  // namespace strata::test
