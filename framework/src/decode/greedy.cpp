// Greedy search: the best token at every step.
#include "decode/search_steps.hpp"

namespace strata::detail {

std::vector<std::vector<Hypothesis>> greedy(SearchSteps& walk, const DecodeOptions& options) {
  const std::int64_t count = walk.sentences();
  std::vector<std::vector<Hypothesis>> out(static_cast<std::size_t>(count), std::vector<Hypothesis>(1));
  std::vector<std::int64_t> running(static_cast<std::size_t>(count)), rows, tokens, still;
  for (std::size_t i = 0; i < running.size(); ++i) running[i] = static_cast<std::int64_t>(i);
  Candidates best;
  while (!running.empty()) {
    walk.step();
    walk.best(1, best);
    const std::vector<float> weights = walk.weights();
    rows.clear();
    tokens.clear();
    still.clear();
    for (std::size_t r = 0; r < running.size(); ++r) {
      const std::int64_t sentence = running[r], row = static_cast<std::int64_t>(r);
      Hypothesis& written = out[static_cast<std::size_t>(sentence)][0];
      const auto found = best.row(row);
      if (found.empty()) continue;  // nothing may follow
      append_weights(written.alignment, weights, row, walk.source_time(), walk.source_length(sentence));
      written.log_probability += found[0].log_probability;
      written.score = options.normalised(written.log_probability, walk.length());
      written.finished = walk.ends(found[0].token);
      if (written.finished) continue;
      written.ids.push_back(found[0].token);
      if (walk.length() >= walk.longest(sentence)) continue;
      rows.push_back(row);
      tokens.push_back(found[0].token);
      still.push_back(sentence);
    }
    running = still;
    if (!running.empty()) walk.advance(rows, tokens, rows);
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!out[i][0].alignment.empty()) out[i][0].source_time = walk.source_length(static_cast<std::int64_t>(i));
  }
  return out;
}

}  // namespace strata::detail
