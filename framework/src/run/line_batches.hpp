// Lines into batches and chunks: what Translator and LineClassifier have in common.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "strata/data/line_reader.hpp"
#include "strata/decode/constraints.hpp"
#include "strata/model/batch.hpp"
#include "strata/run/line_run.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata::detail {

struct SourceLine {
  std::size_t place = 0;    // among the lines of this call
  std::int64_t number = 0;  // among all lines so far
  std::vector<std::int32_t> ids;
  Constraints constraints = {};  // of the output, where the job has some
};

// What reads lines: the source's tokenizer, how, and where they are counted.
struct LineJob {
  const Tokenizer& tokenizer;
  const LineOptions& options;
  LineReport& report;
  // Called with every line in order, empty ones too: sets its constraints, and throws when it cannot be answered.
  std::function<void(SourceLine& line)> complete = {};
};

// The first of several lines that cannot be answered, and why.
struct Failure {
  std::size_t place = std::numeric_limits<std::size_t>::max();
  std::exception_ptr error;  // null: there is none

  // Of a catch clause.
  void note(std::size_t at) {
    if (at >= place) return;
    place = at;
    error = std::current_exception();
  }
  void rethrow() const {
    if (error != nullptr) std::rethrow_exception(error);
  }
};

// Hands out the lines that hold a token, or whose output is constrained, in batches, longest first. Those from the
// first one that cannot be answered on are left out; `failure` says which that is: one with too many tokens
// (E_DATA_LONG), unless long lines are cut, or what job.complete refuses.
using EachBatch = std::function<void(std::span<const SourceLine> batch)>;
void each_batch(const LineJob& job, std::span<const std::string> lines, Failure& failure, const EachBatch& each);

// The batch without targets.
TensorBatch to_tensors(std::span<const SourceLine> batch);

// Reads lines in chunks to their end. At a bad line what stands before it is still handed out; then it throws.
using EachChunk = std::function<void(const std::vector<std::string>& lines)>;
void each_chunk(const LineJob& job, LineReader& reader, const EachChunk& each);

// One counted line when lines were cut.
void warn_of_cut_lines(const LineReport& report, const LineOptions& options, std::vector<std::string>& warnings);

}  // namespace strata::detail
