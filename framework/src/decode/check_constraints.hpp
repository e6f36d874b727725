// What decode() demands of constraints, for callers that want to know it of one sentence at a time. Private to
// libstrata.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/decode/search.hpp"

namespace strata::detail {

// Throws E_DATA_CONSTRAINT for what an output of at most `longest` tokens, </s> counted, cannot have. `number` is the
// sentence's, from 0.
STRATA_API void check_constraints(const Constraints& asked, std::int64_t number, std::int64_t longest,
                                  const DecodeOptions& options);

// Throws E_DATA_CONSTRAINT when `best` lacks a phrase, as when the longest output came first.
STRATA_API void check_met(const Constraints& asked, std::int64_t number, const Hypothesis& best);

// decode(), but nothing is checked afterwards: an output may lack a phrase.
STRATA_API std::vector<std::vector<Hypothesis>> decode_unchecked(Generator& generator, const TensorBatch& batch,
                                                                 const DecodeOptions& options,
                                                                 std::span<const std::int64_t> numbers,
                                                                 std::span<const Constraints> constraints);

// The longest output of a generator for a source of so many tokens, </s> not counted there, but counted here.
STRATA_API std::int64_t longest_output(const Generator& generator, const DecodeOptions& options,
                                       std::int64_t source_tokens);

}  // namespace strata::detail
