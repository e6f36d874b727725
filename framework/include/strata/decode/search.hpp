// decode: outputs of a Generator by greedy search, beam search or sampling, for a batch of sentences.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/decode/constraints.hpp"
#include "strata/decode/options.hpp"
#include "strata/model/capabilities.hpp"

namespace strata {

// One output for a sentence.
struct Hypothesis {
  std::vector<std::int32_t> ids;  // without the tokens of start and end
  // Log-probability of the ids and, when finished, </s> by the model; samplers do not change it.
  double log_probability = 0;
  double score = 0;       // log_probability divided by the length penalty
  bool finished = false;  // true: ended by </s>; false: cut at the longest length
  // Attention weights, one row of source_time values for each id and for </s>, which is the last one on both sides.
  // Empty unless Context::capture_weights is set.
  std::vector<float> alignment;
  std::int64_t source_time = 0;  // number of source tokens, </s> included
};

// Returns for each sentence of `batch` between one and n_best hypotheses, the best first; of the batch only the source
// is read. Of two equal scores the one with the lower beam row wins, then the one with the lower token id, so that
// results repeat. Other sentences in the batch change only the rounding inside the model. Gradients are not recorded,
// and dropout is off. Set Context::capture_weights to get alignments. numbers: the number of each sentence in the whole
// job, which fixes its samples together with the seed; empty: its place in the batch. constraints: one for each
// sentence; empty: none. They need beam search, of any width from 1 on. Throws E_DATA_CONSTRAINT when an output does
// not meet its constraints, and for constraints with more tokens than the longest output, an empty phrase, a token
// outside the vocabulary, more than 64 phrases, or phrases together with samples or beam_groups. Throws E_CONFIG_RANGE
// for options that do not go together, E_MODEL_LOGITS when a row has no log-probabilities because of NaN or infinite
// logits, and E_PLUGIN_SAMPLER for a sampler that excludes every token, lets in one that may not follow, or leaves NaN.
STRATA_API std::vector<std::vector<Hypothesis>> decode(Generator& generator, const TensorBatch& batch,
                                                       const DecodeOptions& options,
                                                       std::span<const std::int64_t> numbers = {},
                                                       std::span<const Constraints> constraints = {});

}  // namespace strata
