// Sampling: temperature, the k best (Fan et al., 2018), the nucleus of probability p (Holtzman et al., 2020).
#include <algorithm>
#include <cmath>

#include "decode/search_steps.hpp"
#include "strata/core/philox.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata::detail {
namespace {

struct Token {
  double weight;  // log-probability / temperature, then its exponential, not normalised
  double log_probability;
  std::int32_t id;
};

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

bool before(const Token& a, const Token& b) { return a.weight != b.weight ? a.weight > b.weight : a.id < b.id; }

// Leaves the tokens that may be drawn.
void keep(std::vector<Token>& tokens, const DecodeOptions& options) {
  if (options.top_k > 0 && static_cast<std::size_t>(options.top_k) < tokens.size()) {
    std::nth_element(tokens.begin(), tokens.begin() + options.top_k, tokens.end(), before);
    tokens.resize(static_cast<std::size_t>(options.top_k));
  }
  double best = tokens[0].weight, total = 0;
  for (const Token& one : tokens) best = std::max(best, one.weight);
  for (Token& one : tokens) total += one.weight = std::exp(one.weight - best);
  if (options.top_p >= 1) return;
  std::sort(tokens.begin(), tokens.end(), before);
  double sum = 0;
  std::size_t count = 0;
  while (count < tokens.size() && (count == 0 || sum < options.top_p * total)) sum += tokens[count++].weight;
  tokens.resize(count);
}

const Token& choose(const std::vector<Token>& tokens, double uniform) {
  double total = 0;
  for (const Token& one : tokens) total += one.weight;
  double left = uniform * total;
  const Token* last = &tokens[0];
  for (const Token& one : tokens) {
    if (one.weight <= 0) continue;
    last = &one;
    left -= one.weight;
    if (left < 0) break;
  }
  return *last;
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
  std::vector<Token> tokens;
  while (!running.empty()) {
    const std::int64_t block = walk.length() == 0 ? 1 : n;  // all samples share the first step
    walk.step();
    const std::int64_t vocabulary = walk.vocabulary();
    const std::vector<double> log_probabilities = walk.log_probabilities();
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
        written.push_back(kPad);  // of samples that have ended; their rows run on until their sentence leaves
        if (ended != 0) continue;
        tokens.clear();
        for (std::int64_t v = 0; v < vocabulary; ++v) {
          const double p = log_probabilities[static_cast<std::size_t>(row * vocabulary + v)];
          if (std::isnan(p)) walk.refuse(row, p);
          if (p > -INFINITY && walk.allowed(v))
            tokens.push_back({p / options.temperature, p, static_cast<std::int32_t>(v)});
        }
        if (tokens.empty()) {
          ended = 1;
          continue;
        }
        keep(tokens, options);
        const Token& token = choose(tokens, draw(key, numbers[s], i, walk.length()));
        append_weights(one.alignment, weights, row, walk.source_time(), walk.source_length(sentence));
        one.log_probability += token.log_probability;
        one.score = options.normalised(one.log_probability, walk.length());
        one.finished = token.id == kEnd;
        if (!one.finished) one.ids.push_back(token.id);
        ended = static_cast<char>(one.finished || walk.length() >= walk.longest(sentence));
        written.back() = token.id;
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
