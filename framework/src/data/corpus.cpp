// Corpus: encoding of a split, with a count of what was left out, and batches of its pairs.
#include "strata/data/corpus.hpp"

#include <algorithm>

#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/data/dataset.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata {
namespace {

std::int64_t count_unknown(const std::vector<std::int32_t>& ids, const Tokenizer& tokenizer) {
  return std::count(ids.begin(), ids.end(), tokenizer.vocabulary().specials().unknown);
}

}  // namespace

EncodedPair Corpus::operator[](std::int64_t i) const {
  const auto row = [&](const std::vector<std::int32_t>& ids, const std::vector<std::int64_t>& ends) {
    return std::span<const std::int32_t>(ids.data() + ends[at(i)], ids.data() + ends[at(i) + 1]);
  };
  return {row(source_, source_ends_), row(target_, target_ends_), indices_[at(i)]};
}

Batch make_pair_batch(std::span<const EncodedPair> pairs) {
  const auto count = static_cast<std::int64_t>(pairs.size());
  Column source_lengths{"source_lengths", {count}, {}, {}}, target_lengths{"target_lengths", {count}, {}, {}};
  Batch batch;
  batch.size = count;
  std::int64_t source_time = 0, target_time = 0;
  for (const EncodedPair& pair : pairs) {
    source_lengths.ids.push_back(static_cast<std::int32_t>(pair.source.size() + 1));
    target_lengths.ids.push_back(static_cast<std::int32_t>(pair.target.size() + 1));
    batch.indices.push_back(pair.index);
    batch.tokens += target_lengths.ids.back();
    source_time = std::max<std::int64_t>(source_time, source_lengths.ids.back());
    target_time = std::max<std::int64_t>(target_time, target_lengths.ids.back());
  }
  const auto padded = [&](const char* name, std::int64_t time) {
    return Column{name, {count, time}, std::vector<std::int32_t>(static_cast<std::size_t>(count * time), kPad), {}};
  };
  Column source = padded("source", source_time), in = padded("target_in", target_time), out = in;
  out.name = "target_out";
  for (std::size_t b = 0; b < pairs.size(); ++b) {
    const auto row = static_cast<std::ptrdiff_t>(b);
    *std::copy(pairs[b].source.begin(), pairs[b].source.end(), source.ids.begin() + row * source_time) = kEnd;
    const auto in_row = in.ids.begin() + row * target_time;
    *in_row = kStart;
    std::copy(pairs[b].target.begin(), pairs[b].target.end(), in_row + 1);
    *std::copy(pairs[b].target.begin(), pairs[b].target.end(), out.ids.begin() + row * target_time) = kEnd;
  }
  batch.columns = {std::move(source), std::move(source_lengths), std::move(in), std::move(out),
                   std::move(target_lengths)};
  return batch;
}

void Corpus::add(std::span<const std::int32_t> source, std::span<const std::int32_t> target, std::int64_t index) {
  source_.insert(source_.end(), source.begin(), source.end());
  target_.insert(target_.end(), target.begin(), target.end());
  source_ends_.push_back(static_cast<std::int64_t>(source_.size()));
  target_ends_.push_back(static_cast<std::int64_t>(target_.size()));
  indices_.push_back(index);
}

Corpus read_corpus(ExampleReader& reader, const Tokenizers& tokenizers, const CorpusOptions& options,
                   CorpusReport& report) {
  Corpus corpus;
  report = {};
  const Tokenizer &source_tokenizer = tokenizers["source"], &target_tokenizer = tokenizers["target"];
  for (Example pair; in_plugin("next()", reader, [&] { return reader.next(pair); }); ++report.read) {
    const auto ids = [&](const Tokenizer& tokenizer, const std::string& text) {
      if (options.random != nullptr) {
        return in_plugin("sample()", tokenizer, [&] { return tokenizer.sample(text, *options.random); });
      }
      return in_plugin("encode()", tokenizer, [&] { return tokenizer.encode(text); });
    };
    const std::vector<std::int32_t> source = ids(source_tokenizer, pair.fields.at(options.source).text);
    const std::vector<std::int32_t> target = ids(target_tokenizer, pair.fields.at(options.target).text);
    const auto longest = static_cast<std::int64_t>(std::max(source.size(), target.size()));
    if (!options.keep_empty && (source.empty() || target.empty())) {
      ++report.empty;
    } else if (options.max_length > 0 && longest > options.max_length) {
      ++report.too_long;
    } else {
      corpus.add(source, target, pair.index);
      report.source_tokens += static_cast<std::int64_t>(source.size());
      report.target_tokens += static_cast<std::int64_t>(target.size());
      report.source_unknown += count_unknown(source, source_tokenizer);
      report.target_unknown += count_unknown(target, target_tokenizer);
    }
  }
  report.kept = corpus.size();
  report.warnings = reader.warnings();
  if (report.empty > 0)
    report.warnings.push_back(options.place + ": " + std::to_string(report.empty) +
                              " pairs with an empty side left out");
  if (report.too_long > 0) {
    report.warnings.push_back(options.place + ": " + std::to_string(report.too_long) + " pairs with more than " +
                              std::to_string(options.max_length) + " tokens on a side left out (max_length)");
  }
  if (corpus.size() == 0) {
    throw Error("E_DATA_EMPTY", options.place,
                "no pair is left of " + std::to_string(report.read) + " read: " + std::to_string(report.empty) +
                    " have an empty side, " + std::to_string(report.too_long) + " are longer than " +
                    std::to_string(options.max_length) + " tokens",
                "check the files and max_length");
  }
  return corpus;
}

}  // namespace strata
