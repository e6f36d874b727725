// exact_match, token_accuracy: compare an output with its reference word by word.
#pragma once

#include <cstdint>
#include <string_view>

#include "strata/core/export.hpp"

namespace strata {

// The number of hits among a number of cases. Counts of several lines may be added.
struct Hits {
  std::int64_t hits = 0, cases = 0;  // hits, and cases in which there could be a hit
  // The share of hits in percent, 0..100; 0 when there is no case.
  double percent() const { return cases > 0 ? 100.0 * static_cast<double>(hits) / static_cast<double>(cases) : 0.0; }
};

// Counts one case. It is a hit when both texts have the same words (split_words); white space does not matter.
STRATA_API Hits exact_match(std::string_view hypothesis, std::string_view reference);

// Counts one case for each position in the longer text. It is a hit when both have the same word there.
STRATA_API Hits token_accuracy(std::string_view hypothesis, std::string_view reference);

}  // namespace strata
