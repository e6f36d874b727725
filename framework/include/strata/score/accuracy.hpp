// Exact match and token accuracy of texts.
#pragma once

#include <cstdint>
#include <string_view>

#include "strata/core/export.hpp"

namespace strata {

// Matches among cases; both are additive over lines.
struct Hits {
  std::int64_t hits = 0, cases = 0;  // to be added elementwise
  // 0..100; 0 without a case.
  double percent() const { return cases > 0 ? 100.0 * static_cast<double>(hits) / static_cast<double>(cases) : 0.0; }
};

// One case; the same words, white space apart (split_words).
STRATA_API Hits exact_match(std::string_view hypothesis, std::string_view reference);

// A case a position of the longer of the two; a hit where both have the same word.
STRATA_API Hits token_accuracy(std::string_view hypothesis, std::string_view reference);

}  // namespace strata
