// DecodeOptions: how a Generator's step is searched or sampled.
#pragma once

#include <cstdint>

#include "strata/core/export.hpp"
#include "strata/core/options.hpp"

namespace strata {

// `beam`: the best outputs that a beam of that width finds. `sample`: drawn by probability.
enum class Search { beam, sample };

// score = log-probability / penalty(length), where length counts the tokens and </s>.
enum class LengthPenalty {
  power,  // length ^ alpha
  gnmt,   // ((5 + length) / 6) ^ alpha (Wu et al., 2016, eq. 14)
};

// When a sentence with beam_size finished hypotheses is done.
enum class Stop {
  first,    // at once
  present,  // when no running one, scored at its present length, beats the worst of them: a longer one still might
  exact,    // when none can, whatever follows: at the longest length a token of probability 1 costs nothing
};

struct STRATA_API DecodeOptions {
  Search search = Search::beam;
  std::int64_t beam_size = 5;  // 1 is greedy
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
  std::int64_t seed = 1;
  bool replay = true;

  void visit(auto& option) {
    option("search", search, "kind of search: the best outputs of a beam, or samples",
           {{"beam", Search::beam}, {"sample", Search::sample}});
    option("beam_size", beam_size, "hypotheses of a sentence at each step (1: greedy search)").range(1, 1024);
    option("n_best", n_best, "outputs of a sentence: at most beam_size of a beam, any number of samples")
        .range(1, 1024);
    option("length_penalty", length_penalty,
           "divisor of a log-probability: a power of the length, or that of GNMT (Wu et al., 2016, eq. 14)",
           {{"power", LengthPenalty::power}, {"gnmt", LengthPenalty::gnmt}});
    option("length_normalisation", length_normalisation, "exponent of the length penalty (0: plain sums are compared)")
        .range(0, 10);
    option("stop", stop, "rule by which a sentence with beam_size finished hypotheses is done",
           {{"first", Stop::first}, {"present", Stop::present}, {"exact", Stop::exact}});
    option("max_length_ratio", max_length_ratio,
           "tokens of the longest output for each source token, to which max_length is added")
        .range(0, 1000);
    option("max_length", max_length, "tokens of the longest output beyond max_length_ratio for each source token")
        .range(1, 1 << 20);
    option("min_length", min_length, "fewest tokens of an output").range(0, 1 << 20);
    option("allow_unknown", allow_unknown, "permission to write <unk>");
    option("coverage_penalty", coverage_penalty,
           "cost of source tokens that were not looked at (Wu et al., 2016, eq. 14: beta); needs attention weights")
        .range(0, 100);
    option("beam_groups", beam_groups, "parts of the beam, which search one after the other (Vijayakumar et al., 2016)")
        .range(1, 1024);
    option("diversity", diversity, "cost of a token that an earlier group has just written").range(0, 100);
    option("no_repeat_ngram", no_repeat_ngram,
           "length of the n-grams that occur only once in an output (0: all may be repeated)")
        .range(0, 1024);
    option("temperature", temperature, "temperature of samples: below 1 nearer to the best, above 1 more varied")
        .above(0)
        .max(100);
    option("top_k", top_k, "number of best tokens from which samples are drawn (0: all)").range(0, 1 << 20);
    option("top_p", top_p, "probability that the best tokens must have together, from which samples are drawn")
        .above(0)
        .max(1);
    option("seed", seed, "number that decides the samples").min(0);
    option("replay", replay, "recording of a step on a GPU, which is then queued as a whole instead of op by op");
  }

  // What no single range says. E_CONFIG_RANGE when n_best is above beam_size, when beam_groups do not divide it, or
  // when samples are given options of a beam.
  void check() const;
  // score of a hypothesis of `length` tokens, </s> counted.
  double normalised(double log_probability, std::int64_t length) const;
  // The longest output for `source_tokens` (</s> not counted), </s> counted.
  std::int64_t longest(std::int64_t source_tokens) const;
};

}  // namespace strata
