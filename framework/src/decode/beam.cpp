// Beam search: the sentences of a batch, step by step.
#include "decode/sentence.hpp"

#include <algorithm>

#include "strata/core/error.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata::detail {
namespace {

// Whether `token` would complete an n-gram that the hypothesis has already. `last_first` has room for it in front.
bool repeats(std::vector<std::int32_t>& last_first, std::int32_t token, std::size_t n) {
  if (last_first.size() < n) return false;
  last_first[0] = token;
  const auto end = last_first.begin() + static_cast<std::ptrdiff_t>(n);  // the n-gram that would be complete
  return std::search(last_first.begin() + 1, last_first.end(), last_first.begin(), end) != last_first.end();
}

// Candidates of one sentence, whose rows begin at `first`.
void find_candidates(const Sentence& sentence, SearchSteps& walk, const Candidates& best, std::int64_t first,
                     std::size_t no_repeat, std::vector<Candidate>& found) {
  found.clear();
  std::vector<std::int32_t> last_first;
  const std::int32_t forced = sentence.forced(walk.length());
  for (std::int64_t i = 0; i < sentence.slots(); ++i) {
    const double so_far = sentence.log_probability(i);
    if (so_far == kDead) continue;
    const auto slot = static_cast<std::int32_t>(i);
    if (forced >= 0) {
      found.push_back({so_far + walk.log_probability(first + i, forced), slot, forced});
      continue;
    }
    if (const std::vector<Opening>* openings = sentence.openings(i, walk.length())) {
      for (const Opening& one : *openings) {
        found.push_back({so_far + walk.log_probability(first + i, one.token), slot, one.token});
      }
      continue;
    }
    const std::size_t begin = found.size();
    if (no_repeat > 0) {
      last_first = sentence.history(i);
      last_first.insert(last_first.begin(), 0);  // in place of `token`, which repeats() compares
    }
    for (const auto& [token, log_probability] : best.row(first + i)) {
      if (no_repeat > 0 && repeats(last_first, token, no_repeat)) continue;
      found.push_back({so_far + log_probability, slot, token});
    }
    for (const std::int32_t token : sentence.wanted(i)) {
      bool there = false;
      for (std::size_t c = begin; c < found.size(); ++c) there = there || found[c].token == token;
      if (!there) found.push_back({so_far + walk.log_probability(first + i, token), slot, token});
    }
  }
}

}  // namespace

std::vector<std::vector<Hypothesis>> beam(SearchSteps& walk, const DecodeOptions& options,
                                          std::span<const Constraints> constraints) {
  std::vector<Sentence> sentences;
  std::vector<std::int64_t> running, still, alive, rows, tokens;
  for (std::int64_t s = 0; s < walk.sentences(); ++s) {
    const Constraints* own = constraints.empty() ? nullptr : &constraints[static_cast<std::size_t>(s)];
    sentences.emplace_back(options, walk.longest(s), walk.source_length(s), own);
    running.push_back(s);
  }
  Candidates best;
  std::vector<Candidate> found;
  while (!running.empty()) {
    // No more tokens can be forbidden for repeating an n-gram than are written.
    const std::int64_t forbidden = options.no_repeat_ngram > 0 ? walk.length() : 0;
    walk.step();
    walk.best(2 * options.beam_size + forbidden, best);
    const std::vector<float> weights = walk.weights();
    if (options.coverage_penalty > 0 && weights.empty()) {
      throw Error("E_MODEL_ATTENTION", "coverage_penalty", "the model has no attention weights to count what was read",
                  "set it to 0, or use an attention with the trait weights");
    }
    still.clear();
    alive.clear();
    rows.clear();
    tokens.clear();
    std::int64_t first = 0;  // row of the sentence's block
    for (std::size_t place = 0; place < running.size(); ++place) {
      Sentence& sentence = sentences[static_cast<std::size_t>(running[place])];
      const std::int64_t block = sentence.slots();
      sentence.keep_weights(weights, first, walk.source_time());
      find_candidates(sentence, walk, best, first, static_cast<std::size_t>(options.no_repeat_ngram), found);
      if (sentence.take(found, walk.length())) {
        still.push_back(running[place]);
        alive.push_back(static_cast<std::int64_t>(place));
        for (std::int64_t i = 0; i < sentence.slots(); ++i) {
          rows.push_back(first + sentence.parent(i));
          tokens.push_back(sentence.token(i));
        }
      }
      first += block;
    }
    running.swap(still);
    if (!running.empty()) walk.advance(rows, tokens, alive);
  }
  std::vector<std::vector<Hypothesis>> out;
  for (const Sentence& sentence : sentences) out.push_back(sentence.results());
  return out;
}

}  // namespace strata::detail
