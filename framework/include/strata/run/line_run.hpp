// What the verbs that answer line by line share: how lines are read and batched, and what is counted.
#pragma once

#include <cstdint>

#include "strata/core/export.hpp"
#include "strata/core/options.hpp"

namespace strata {

// What a source line above max_source_length is.
enum class LongLines { error, cut };

// How lines are read and batched.
struct STRATA_API LineOptions {
  std::int64_t batch_size = 64;
  std::int64_t batch_tokens = 8192;
  std::int64_t chunk = 4096;
  std::int64_t max_source_length = 1000;
  LongLines long_lines = LongLines::error;

  void visit(auto& option) {
    option("batch_size", batch_size, "most sentences of a batch").range(1, 4096);
    option("batch_tokens", batch_tokens, "most source tokens of a batch, padding counted (one sentence may have more)")
        .min(1);
    option("chunk", chunk, "lines that are read ahead and sorted by length (1: each is answered at once)")
        .range(1, 1 << 24);
    option("max_source_length", max_source_length, "most tokens of a source line").min(1);
    option("long_lines", long_lines, "treatment of a line with more tokens: an error, or cut and counted",
           {{"error", LongLines::error}, {"cut", LongLines::cut}});
  }
};

// Counts over all calls.
struct LineReport {
  std::int64_t lines = 0, empty = 0, cut = 0;  // lines read, of them empty and cut
  std::int64_t source_tokens = 0;              // without </s>
  double seconds = 0;                          // spent on the lines, not in reading or writing
};

}  // namespace strata
