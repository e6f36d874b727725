// Lines into batches and chunks: what Translator and LineClassifier have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "strata/data/line_reader.hpp"
#include "strata/model/batch.hpp"
#include "strata/run/line_run.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata::detail {

struct SourceLine {
  std::size_t place = 0;    // among the lines of this call
  std::int64_t number = 0;  // among all lines so far
  std::vector<std::int32_t> ids;
};

// What reads lines: the source's tokenizer, how, and where they are counted.
struct LineJob {
  const Tokenizer& tokenizer;
  const LineOptions& options;
  LineReport& report;
};

// Hands out the lines that hold a token in batches, longest first. Throws E_DATA_LONG for a line with too many tokens,
// unless long lines are cut.
using EachBatch = std::function<void(std::span<const SourceLine> batch)>;
void each_batch(const LineJob& job, std::span<const std::string> lines, const EachBatch& each);

// The batch without targets.
TensorBatch to_tensors(std::span<const SourceLine> batch);

// Reads lines in chunks to their end. At a bad line what stands before it is still handed out; then it throws.
using EachChunk = std::function<void(const std::vector<std::string>& lines)>;
void each_chunk(const LineJob& job, LineReader& reader, const EachChunk& each);

// One counted line when lines were cut.
void warn_of_cut_lines(const LineReport& report, const LineOptions& options, std::vector<std::string>& warnings);

}  // namespace strata::detail
