// Sampling: each token is drawn from the softmax of what a chain of samplers leaves of the logits of its row.
#include <algorithm>
#include <optional>

#include "decode/row_softmax.hpp"
#include "decode/sampler_chain.hpp"
#include "decode/search_steps.hpp"
#include "strata/core/philox.hpp"

namespace strata::detail {
namespace {

// Uniform in [0, 1): of (seed, sentence, sample, position) alone, so that no batch changes a sample.
double draw(std::uint64_t key, std::int64_t sentence, std::int64_t sample, std::int64_t position) {
  const auto number = static_cast<std::uint64_t>(sentence);
  const PhiloxBlock block =
      philox4x32({{static_cast<std::uint32_t>(position), static_cast<std::uint32_t>(sample),
                   static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(number >> 32U)}},
                 key);
  const std::uint64_t bits = block.word[0] | (static_cast<std::uint64_t>(block.word[1]) << 32U);
  return static_cast<double>(bits >> 11U) * 0x1p-53;
}

void sort_best(std::vector<Hypothesis>& samples) {
  std::stable_sort(samples.begin(), samples.end(),
                   [](const Hypothesis& a, const Hypothesis& b) { return a.score > b.score; });
}

}  // namespace

std::vector<std::vector<Hypothesis>> sample(SearchSteps& walk, const DecodeOptions& options,
                                            std::span<const std::int64_t> numbers) {
  const std::int64_t count = walk.sentences(), n = options.n_best;
  const std::uint64_t key = hash64(static_cast<std::uint64_t>(options.seed), "decode.sample");
  std::vector<std::vector<Hypothesis>> out(static_cast<std::size_t>(count),
                                           std::vector<Hypothesis>(static_cast<std::size_t>(n)));
  std::vector<std::vector<char>> done(static_cast<std::size_t>(count),
                                      std::vector<char>(static_cast<std::size_t>(n), 0));
  std::vector<std::int64_t> running, still, alive, rows, written;
  for (std::int64_t s = 0; s < count; ++s) running.push_back(s);
  std::optional<SamplerChain> chain;
  RowSoftmax softmax;
  while (!running.empty()) {
    const std::int64_t block = walk.length() == 0 ? 1 : n;  // all samples share the first step
    walk.step();
    walk.normalise();
    if (!chain) chain.emplace(options, walk.vocabulary());
    const std::vector<std::int32_t> forbidden = walk.forbidden();
    const std::vector<float> weights = walk.weights();
    still.clear();
    alive.clear();
    rows.clear();
    written.clear();
    for (std::size_t place = 0; place < running.size(); ++place) {
      const std::int64_t sentence = running[place];
      const auto s = static_cast<std::size_t>(sentence);
      const std::size_t first = rows.size();
      bool going = false;
      for (std::int64_t i = 0; i < n; ++i) {
        const std::int64_t row = static_cast<std::int64_t>(place) * block + std::min(i, block - 1);
        Hypothesis& one = out[s][static_cast<std::size_t>(i)];
        char& ended = done[s][static_cast<std::size_t>(i)];
        rows.push_back(row);
        written.push_back(0);  // of samples that have ended; their rows run on until their sentence leaves
        if (ended != 0) continue;
        walk.require_finite(row);
        const std::span<const float> logits = chain->run(walk.logits(row), forbidden, {walk.prompt(sentence), one.ids});
        if (logits.empty()) {  // nothing may follow
          ended = 1;
          continue;
        }
        softmax.compute(logits);
        const std::int32_t token = softmax.draw(draw(key, numbers[s], i, walk.length()));
        append_weights(one.alignment, weights, row, walk.source_time(), walk.source_length(sentence));
        one.log_probability += walk.log_probability(row, token);
        one.score = options.normalised(one.log_probability, walk.length());
        one.finished = walk.ends(token);
        if (!one.finished) one.ids.push_back(token);
        ended = static_cast<char>(one.finished || walk.length() >= walk.longest(sentence));
        written.back() = token;
        going = going || ended == 0;
      }
      if (going) {
        still.push_back(sentence);
        alive.push_back(static_cast<std::int64_t>(place));
      } else {
        rows.resize(first);
        written.resize(first);
      }
    }
    running.swap(still);
    if (!running.empty()) walk.advance(rows, written, alive);
  }
  for (std::int64_t s = 0; s < count; ++s) {
    for (Hypothesis& one : out[static_cast<std::size_t>(s)]) {
      if (!one.alignment.empty()) one.source_time = walk.source_length(s);
    }
    sort_best(out[static_cast<std::size_t>(s)]);
  }
  return out;
}

}  // namespace strata::detail
