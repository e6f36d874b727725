// Batch: copying ids into padded rows.
#include "strata/data/batch.hpp"

#include <algorithm>
#include <numeric>

#include "strata/data/corpus.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata {

std::int64_t Batch::source_tokens() const noexcept {
  return std::accumulate(source_lengths.begin(), source_lengths.end(), std::int64_t{0});
}

std::int64_t Batch::target_tokens() const noexcept {
  return std::accumulate(target_lengths.begin(), target_lengths.end(), std::int64_t{0});
}

Batch make_batch(std::span<const Example> examples) {
  Batch batch;
  batch.size = static_cast<std::int64_t>(examples.size());
  for (const Example& example : examples) {
    batch.source_lengths.push_back(static_cast<std::int32_t>(example.source.size() + 1));
    batch.target_lengths.push_back(static_cast<std::int32_t>(example.target.size() + 1));
    batch.indices.push_back(example.index);
    batch.source_time = std::max<std::int64_t>(batch.source_time, batch.source_lengths.back());
    batch.target_time = std::max<std::int64_t>(batch.target_time, batch.target_lengths.back());
  }
  batch.source.assign(static_cast<std::size_t>(batch.size * batch.source_time), kPad);
  batch.target_in.assign(static_cast<std::size_t>(batch.size * batch.target_time), kPad);
  batch.target_out = batch.target_in;
  for (std::size_t b = 0; b < examples.size(); ++b) {
    const auto& [source, target, index] = examples[b];
    const auto source_row = batch.source.begin() + static_cast<std::ptrdiff_t>(b) * batch.source_time;
    const auto in_row = batch.target_in.begin() + static_cast<std::ptrdiff_t>(b) * batch.target_time;
    const auto out_row = batch.target_out.begin() + static_cast<std::ptrdiff_t>(b) * batch.target_time;
    *std::copy(source.begin(), source.end(), source_row) = kEnd;
    *in_row = kStart;
    std::copy(target.begin(), target.end(), in_row + 1);
    *std::copy(target.begin(), target.end(), out_row) = kEnd;
  }
  return batch;
}

}  // namespace strata
