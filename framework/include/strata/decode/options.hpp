// DecodeOptions: how outputs of a Generator are searched or sampled.
#pragma once

#include <cstdint>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/core/options.hpp"
#include "strata/decode/sampler.hpp"
#include "strata/plugin/slot.hpp"
#include "strata/text/specials.hpp"

namespace strata {

// `beam` finds the best outputs by beam search; `sample` draws outputs by their probability.
enum class Search { beam, sample };

// The penalty in score = log-probability / penalty(length), where length counts the tokens and </s>, and alpha is
// length_normalisation.
enum class LengthPenalty {
  power,  // length ^ alpha
  gnmt,   // ((5 + length) / 6) ^ alpha (Wu et al., 2016, eq. 14)
};

// The rule by which the search for a sentence ends once it has beam_size finished hypotheses.
enum class Stop {
  // The search ends at once.
  first,
  // It ends when no unfinished hypothesis, scored at its present length, is better than the worst finished one. An
  // unfinished one may still become better as it gets longer.
  present,
  // It ends when no unfinished hypothesis can become better, even if all its further tokens up to the longest length
  // had probability 1.
  exact,
};

// The options of a search. temperature, top_k, top_p, min_p and repetition_penalty stand for the built-in samplers of
// these names, which change the logits of a row in the usual order: repetition_penalty, temperature, top_k, top_p,
// min_p. The components of `samplers` follow them in the given order. Then a token is drawn from the softmax. Each
// value that is the default leaves its sampler out.
struct STRATA_API DecodeOptions {
  Search search = Search::beam;
  std::int64_t beam_size = 5;  // 1: greedy search
  std::int64_t n_best = 1;
  LengthPenalty length_penalty = LengthPenalty::power;
  double length_normalisation = 1;
  Stop stop = Stop::present;
  double max_length_ratio = 2;
  std::int64_t max_length = 20;
  std::int64_t min_length = 0;
  bool allow_unknown = false;
  double coverage_penalty = 0;
  std::int64_t beam_groups = 1;
  double diversity = 0.5;
  std::int64_t no_repeat_ngram = 0;
  double temperature = 1;
  std::int64_t top_k = 0;
  double top_p = 1;
  double min_p = 0;
  double repetition_penalty = 1;
  std::vector<Slot<Sampler>> samplers;
  std::int64_t seed = 1;
  bool replay = true;
  // The special tokens of the vocabulary of the outputs; no option, but set by what calls decode(). An output begins
  // after `start` and is ended by any of `ends`; no other special token is written, `unknown` only if it is allowed.
  Specials specials = Specials::standard();

  void visit(auto& option) {
    option("search", search, "kind of search: the best outputs of a beam, or samples",
           {{"beam", Search::beam}, {"sample", Search::sample}});
    option("beam_size", beam_size, "number of hypotheses for each sentence (1: greedy search)").range(1, 1024);
    option("n_best", n_best, "number of outputs for each sentence; at most beam_size when search is beam")
        .range(1, 1024);
    option("length_penalty", length_penalty,
           "divisor of the log-probability in a score: length ^ a, or gnmt: ((5 + length) / 6) ^ a (Wu et al., 2016)",
           {{"power", LengthPenalty::power}, {"gnmt", LengthPenalty::gnmt}});
    option("length_normalisation", length_normalisation,
           "exponent a of the length penalty (0: scores are plain log-probabilities)")
        .range(0, 10);
    option("stop", stop,
           "end of a search with beam_size outputs: at once, when no other scores better, or when none still can",
           {{"first", Stop::first}, {"present", Stop::present}, {"exact", Stop::exact}});
    option("max_length_ratio", max_length_ratio,
           "factor r in the longest output: r x source tokens + max_length tokens")
        .range(0, 1000);
    option("max_length", max_length, "number of tokens in the longest output beyond max_length_ratio x source tokens")
        .range(1, 1 << 20);
    option("min_length", min_length, "smallest number of tokens in an output").range(0, 1 << 20);
    option("allow_unknown", allow_unknown, "permission to write <unk>");
    option("coverage_penalty", coverage_penalty,
           "penalty for source tokens without attention (Wu et al., 2016, eq. 14: beta); needs attention weights")
        .range(0, 100);
    option("beam_groups", beam_groups,
           "number of groups of the beam, which are made to differ by diversity (Vijayakumar et al., 2016)")
        .range(1, 1024);
    option("diversity", diversity, "penalty on a token that an earlier group of the beam has chosen at the same step")
        .range(0, 100);
    option("no_repeat_ngram", no_repeat_ngram,
           "length of the n-grams that may occur only once in an output (0: no restriction)")
        .range(0, 1024);
    option("temperature", temperature, "divisor of the logits for samples (0: the most probable token alone)")
        .range(0, 100);
    option("top_k", top_k, "number of most probable tokens from which samples are drawn (0: all)").range(0, 1 << 20);
    option("top_p", top_p, "probability mass of the most probable tokens from which samples are drawn (1: all tokens)")
        .above(0)
        .max(1);
    option("min_p", min_p, "least probability of a token in samples, as a fraction of the largest one (0: all tokens)")
        .range(0, 1);
    option("repetition_penalty", repetition_penalty,
           "penalty for tokens that a sample has already: positive logits are divided by it, negative ones multiplied "
           "(1: none)")
        .range(0.01, 100);
    option("samplers", samplers,
           "further sampler of the logits, by its name or as {\"type\": NAME, ...}; they follow repetition_penalty, "
           "temperature, top_k, top_p and min_p in the given order");
    option("seed", seed, "seed of the samples").min(0);
    option("replay", replay,
           "recording of one step on a GPU and replay of it for the next steps, instead of launching op by op");
  }

  // Checks options that depend on each other. Throws E_CONFIG_RANGE when n_best is larger than beam_size or beam_groups
  // does not divide beam_size in a beam search, when options of beam search are set for samples, and when options of
  // samples are set for a beam search.
  void check() const;
  // The score of a hypothesis with `length` tokens, </s> included.
  double normalised(double log_probability, std::int64_t length) const;
  // The length of the longest output, </s> included, for a source of `source_tokens` tokens, </s> not included.
  std::int64_t longest(std::int64_t source_tokens) const;
};

}  // namespace strata
