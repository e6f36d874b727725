// decode: greedy, beam and sampled outputs of a Generator, a batch of sentences at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/decode/constraints.hpp"
#include "strata/decode/options.hpp"
#include "strata/model/capabilities.hpp"

namespace strata {

// One output of a sentence.
struct Hypothesis {
  std::vector<std::int32_t> ids;  // without <s> and </s>
  double log_probability = 0;     // of the ids and, when finished, </s>: the model's own, whatever was sampled from
  double score = 0;               // log_probability, normalised
  bool finished = false;          // ended by </s>; else cut at the longest length
  // [ids and </s>][source_time]: which source token each looked at, </s> last on both sides. Empty unless captured.
  std::vector<float> alignment;
  std::int64_t source_time = 0;  // source tokens, </s> included
};

// For each sentence of `batch` (its source is read) at least one and at most n_best hypotheses, best first. Equal
// scores go to the lower beam row, then the lower token id, so that runs repeat; what else is in the batch changes
// nothing but the rounding inside the model. Context::capture_weights asks for alignments. `numbers`: each sentence's
// number in the whole job, which together with the seed fixes its samples; empty: its place in the batch.
// `constraints`: of each sentence; empty: none. They are met by beam search (of any width, one included), and an output
// that does not meet them is E_DATA_CONSTRAINT, as are more tokens than the longest output has, an empty phrase, a
// token outside the vocabulary, more than 64 phrases, and samples or beam_groups together with phrases.
// Nothing is recorded and nothing drops out. Throws E_CONFIG_RANGE (options), E_MODEL_LOGITS when logits are not
// numbers.
STRATA_API std::vector<std::vector<Hypothesis>> decode(Generator& generator, const TensorBatch& batch,
                                                       const DecodeOptions& options,
                                                       std::span<const std::int64_t> numbers = {},
                                                       std::span<const Constraints> constraints = {});

}  // namespace strata
