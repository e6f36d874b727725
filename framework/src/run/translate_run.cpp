// Translator: sorts by length, batches, decodes, and gives everything back in the order of the lines.
#include "strata/run/translate_run.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <numeric>
#include <utility>

#include "strata/autograd/context.hpp"
#include "strata/core/error.hpp"
#include "strata/data/corpus.hpp"
#include "strata/decode/search.hpp"
#include "strata/model/batch.hpp"

namespace strata {

struct Translator::Source {
  std::size_t place = 0;    // among the lines of this call
  std::int64_t number = 0;  // among all lines so far
  std::vector<std::int32_t> ids;
};

Translator::Translator(Model& model, const Tokenizers& tokenizers, const TranslateOptions& options)
    : generator_(require<Generator>(model, "Generator", "translate")), tokenizers_(tokenizers), options_(options) {
  options_.decode.check();
}

void Translator::check_length(const std::vector<std::int32_t>& ids, const std::string& place) const {
  if (static_cast<std::int64_t>(ids.size()) <= options_.max_source_length) return;
  throw Error("E_DATA_LONG", place,
              std::to_string(ids.size()) + " tokens (allowed: " + std::to_string(options_.max_source_length) + ")",
              "split the line, raise max_source_length, or set long_lines to \"cut\"");
}

std::vector<std::vector<Translation>> Translator::translate(std::span<const std::string> lines) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::vector<Translation>> out(lines.size());
  std::vector<Source> sources;
  const auto limit = static_cast<std::size_t>(options_.max_source_length);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Source source{i, report_.lines + static_cast<std::int64_t>(i), tokenizers_.source->encode(lines[i])};
    if (source.ids.size() > limit) {
      if (options_.long_lines == LongLines::error)
        check_length(source.ids, "line " + std::to_string(source.number + 1));
      source.ids.resize(limit);
      ++report_.cut;
    }
    if (source.ids.empty()) {
      out[i].emplace_back();
      ++report_.empty;
    } else {
      report_.source_tokens += static_cast<std::int64_t>(source.ids.size());
      sources.push_back(std::move(source));
    }
  }
  report_.lines += static_cast<std::int64_t>(lines.size());
  // Longest first: what needs the most memory comes first, and later batches fit into it.
  std::stable_sort(sources.begin(), sources.end(),
                   [](const Source& a, const Source& b) { return a.ids.size() > b.ids.size(); });
  const std::span<const Source> all(sources);
  for (std::size_t first = 0; first < all.size();) {
    const auto time = static_cast<std::int64_t>(all[first].ids.size()) + 1;
    const std::int64_t fit = std::clamp<std::int64_t>(options_.batch_tokens / time, 1, options_.batch_size);
    const std::size_t count = std::min(all.size() - first, static_cast<std::size_t>(fit));
    run_batch(all.subspan(first, count), out);
    first += count;
  }
  report_.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return out;
}

void Translator::run_batch(std::span<const Source> sources, std::vector<std::vector<Translation>>& out) {
  std::vector<Example> examples;
  std::vector<std::int64_t> numbers;
  for (const Source& source : sources) {
    examples.push_back({source.ids, {}, source.number});
    numbers.push_back(source.number);
  }
  const auto found = decode(generator_, to_tensors(make_batch(examples)), options_.decode, numbers);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (!found[i][0].finished) ++report_.unfinished;
    report_.target_tokens += static_cast<std::int64_t>(found[i][0].ids.size());
    for (const Hypothesis& hypothesis : found[i]) {
      Translation& translation = out[sources[i].place].emplace_back();
      translation.text = tokenizers_.target->decode(hypothesis.ids);
      translation.log_probability = hypothesis.log_probability;
      translation.score = hypothesis.score;
      translation.finished = hypothesis.finished;
      if (hypothesis.alignment.empty()) continue;
      translation.alignment.source = tokenizers_.source->pieces(sources[i].ids);
      translation.alignment.source.emplace_back("</s>");
      translation.alignment.target = tokenizers_.target->pieces(hypothesis.ids);
      if (hypothesis.finished) translation.alignment.target.emplace_back("</s>");
      translation.alignment.weights = hypothesis.alignment;
    }
  }
}

void Translator::translate(LineReader& reader, const Each& each) {
  std::vector<std::string> lines, places;
  std::int64_t done = 0;
  std::exception_ptr failure;
  const auto limit = static_cast<std::size_t>(options_.max_source_length);
  for (bool more = true; more && failure == nullptr;) {
    lines.clear();
    try {
      std::string line;
      while (static_cast<std::int64_t>(lines.size()) < options_.chunk && (more = reader.next(line))) {
        // A token has at least one byte, so most lines need not be encoded to be known to fit.
        if (line.size() > limit && options_.long_lines == LongLines::error) {
          check_length(tokenizers_.source->encode(line), reader.place());
        }
        lines.push_back(std::move(line));
      }
    } catch (...) {
      failure = std::current_exception();  // what stands before it is still translated
    }
    for (const std::vector<Translation>& n_best : translate(lines)) each(done++, n_best);
  }
  if (failure != nullptr) std::rethrow_exception(failure);
}

std::vector<std::string> Translator::warnings() const {
  std::vector<std::string> out;
  if (report_.cut > 0) {
    out.push_back(std::to_string(report_.cut) + " of " + std::to_string(report_.lines) + " lines were cut at " +
                  std::to_string(options_.max_source_length) + " tokens (max_source_length)");
  }
  if (report_.unfinished > 0) {
    out.push_back(std::to_string(report_.unfinished) + " of " + std::to_string(report_.lines) +
                  " outputs were cut at the longest length (max_length_ratio, max_length)");
  }
  return out;
}

MakeTranslate make_translate(TranslateOptions options) {
  options.decode.n_best = 1;
  options.long_lines = LongLines::cut;
  return [options](Model& model, const Tokenizers& tokenizers) -> TranslateLines {
    auto translator = std::make_shared<Translator>(model, tokenizers, options);
    return [translator](const std::vector<std::string>& sources) {
      std::vector<std::string> out;
      for (std::vector<Translation>& best : translator->translate(sources)) out.push_back(std::move(best[0].text));
      return out;
    };
  };
}

}  // namespace strata
