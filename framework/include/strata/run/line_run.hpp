// LineOptions, LineReport: options and counts that `strata translate` and `strata classify` have in common.
#pragma once

#include <cstdint>

#include "strata/core/export.hpp"
#include "strata/core/options.hpp"

namespace strata {

// The treatment of a source line with more than max_source_length tokens.
enum class LongLines { error, cut };

// Options for reading and batching lines.
struct STRATA_API LineOptions {
  std::int64_t batch_size = 64;
  std::int64_t batch_tokens = 8192;
  std::int64_t chunk = 4096;
  std::int64_t max_source_length = 1000;
  LongLines long_lines = LongLines::error;

  void visit(auto& option) {
    option("batch_size", batch_size, "largest number of sentences in a batch").range(1, 4096);
    option("batch_tokens", batch_tokens,
           "largest number of source tokens in a batch, padding counted (a single sentence may have more)")
        .min(1);
    option("chunk", chunk,
           "number of lines that are read ahead and sorted by length (1: each line is answered at once)")
        .range(1, 1 << 24);
    option("max_source_length", max_source_length, "largest number of tokens in a source line").min(1);
    option("long_lines", long_lines, "treatment of a line with more tokens: an error, or cut with a warning at the end",
           {{"error", LongLines::error}, {"cut", LongLines::cut}});
  }
};

// Counts over all calls.
struct LineReport {
  std::int64_t lines = 0, empty = 0, cut = 0;  // lines read, and how many of them were empty or were cut
  std::int64_t source_tokens = 0;              // source tokens, without </s>
  double seconds = 0;                          // time for computing the answers, without reading and writing
};

}  // namespace strata
