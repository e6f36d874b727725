// Lines into batches, sorted by length, and into chunks.
#include "run/line_batches.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/data/corpus.hpp"

namespace strata::detail {
namespace {

void check_length(const std::vector<std::int32_t>& ids, const LineOptions& options, const std::string& place) {
  if (static_cast<std::int64_t>(ids.size()) <= options.max_source_length) return;
  throw Error("E_DATA_LONG", place,
              std::to_string(ids.size()) + " tokens (allowed: " + std::to_string(options.max_source_length) + ")",
              "split the line, raise max_source_length, or set long_lines to \"cut\"");
}

// Up to the first line that cannot be answered.
std::vector<SourceLine> encode(const LineJob& job, std::span<const std::string> lines, Failure& failure) {
  LineReport& report = job.report;
  std::vector<SourceLine> sources;
  const auto limit = static_cast<std::size_t>(job.options.max_source_length);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    SourceLine source{i, report.lines,
                      in_plugin("encode()", job.tokenizer, [&] { return job.tokenizer.encode(lines[i]); })};
    try {
      if (source.ids.size() > limit && job.options.long_lines == LongLines::error)
        check_length(source.ids, job.options, "line " + std::to_string(source.number + 1));
      const bool cut = source.ids.size() > limit;
      if (cut) source.ids.resize(limit);
      if (job.complete) job.complete(source);
      report.cut += cut ? 1 : 0;
    } catch (const Error&) {
      failure.note(i);
      break;
    }
    ++report.lines;
    if (source.ids.empty() && !source.constraints) {
      ++report.empty;
    } else {
      report.source_tokens += static_cast<std::int64_t>(source.ids.size());
      sources.push_back(std::move(source));
    }
  }
  return sources;
}

}  // namespace

void each_batch(const LineJob& job, std::span<const std::string> lines, Failure& failure, const EachBatch& each) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<SourceLine> sources = encode(job, lines, failure);
  // Longest first: what needs the most memory comes first, and later batches fit into it.
  std::stable_sort(sources.begin(), sources.end(),
                   [](const SourceLine& a, const SourceLine& b) { return a.ids.size() > b.ids.size(); });
  const std::span<const SourceLine> all(sources);
  for (std::size_t first = 0; first < all.size();) {
    const auto time = static_cast<std::int64_t>(all[first].ids.size()) + 1;
    const std::int64_t fit = std::clamp<std::int64_t>(job.options.batch_tokens / time, 1, job.options.batch_size);
    const std::size_t count = std::min(all.size() - first, static_cast<std::size_t>(fit));
    each(all.subspan(first, count));
    first += count;
  }
  job.report.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

TensorBatch to_tensors(std::span<const SourceLine> batch) {
  std::vector<EncodedPair> pairs;
  for (const SourceLine& source : batch) pairs.push_back({source.ids, {}, source.number});
  const TensorBatch all = strata::to_tensors(make_pair_batch(pairs));
  TensorBatch out;
  for (const char* name : {"source", "source_lengths"}) out.put(name, all[name]);
  return out;
}

void each_chunk(const LineJob& job, LineReader& reader, const EachChunk& each) {
  std::vector<std::string> lines;
  std::exception_ptr failure;
  const auto limit = static_cast<std::size_t>(job.options.max_source_length);
  for (bool more = true; more && failure == nullptr;) {
    lines.clear();
    try {
      std::string line;
      while (static_cast<std::int64_t>(lines.size()) < job.options.chunk && (more = reader.next(line))) {
        // A token has at least one byte, so most lines need not be encoded to be known to fit.
        if (line.size() > limit && job.options.long_lines == LongLines::error) {
          check_length(in_plugin("encode()", job.tokenizer, [&] { return job.tokenizer.encode(line); }), job.options,
                       reader.place());
        }
        lines.push_back(std::move(line));
      }
    } catch (...) {
      failure = std::current_exception();  // what stands before it is still answered
    }
    each(lines);
  }
  if (failure != nullptr) std::rethrow_exception(failure);
}

void warn_of_cut_lines(const LineReport& report, const LineOptions& options, std::vector<std::string>& warnings) {
  if (report.cut == 0) return;
  warnings.push_back(std::to_string(report.cut) + " of " + std::to_string(report.lines) + " lines were cut at " +
                     std::to_string(options.max_source_length) + " tokens (max_source_length)");
}

}  // namespace strata::detail
