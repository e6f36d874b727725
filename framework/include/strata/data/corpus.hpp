// Corpus: the encoded pairs of one split, in two flat arrays.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/core/rng.hpp"

namespace strata {

class PairReader;
struct Tokenizers;

// Ids of one pair, without <s> and </s>. Points into the Corpus.
struct Example {
  std::span<const std::int32_t> source, target;  // ids
  std::int64_t index = 0;                        // position in the split, from 0
};

class STRATA_API Corpus {
 public:
  std::int64_t size() const noexcept { return static_cast<std::int64_t>(indices_.size()); }  // pairs
  // Pair i of those kept, 0 <= i < size(), which is not checked. The lengths are in tokens, without </s>.
  Example operator[](std::int64_t i) const;
  std::int64_t source_length(std::int64_t i) const { return source_ends_[at(i) + 1] - source_ends_[at(i)]; }
  std::int64_t target_length(std::int64_t i) const { return target_ends_[at(i) + 1] - target_ends_[at(i)]; }

  // Copies a pair to the end; `index` is its position in the split.
  void add(std::span<const std::int32_t> source, std::span<const std::int32_t> target, std::int64_t index);

 private:
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
  std::vector<std::int32_t> source_, target_;
  std::vector<std::int64_t> source_ends_{0}, target_ends_{0}, indices_;
};

// Which pairs are kept.
struct CorpusOptions {
  std::int64_t max_length = 0;     // pairs with more tokens than this on either side are left out; 0 keeps all
  bool keep_empty = false;         // pairs with an empty side are left out unless set
  std::string place = "[corpus]";  // of what is said about the pairs as a whole
  Rng* random = nullptr;           // given: pairs are cut by Tokenizer::sample
};

// What was read and what was left out.
struct CorpusReport {
  std::int64_t read = 0, kept = 0, empty = 0, too_long = 0;  // pairs; empty and too_long were left out
  std::int64_t source_tokens = 0, target_tokens = 0, source_unknown = 0, target_unknown = 0;  // of what was kept
  std::vector<std::string> warnings;  // the reader's, and one counted line each for empty and too_long
};

// Reads and encodes a split to its end. Throws what the reader throws, and E_DATA_EMPTY when nothing was kept.
STRATA_API Corpus read_corpus(PairReader& reader, const Tokenizers& tokenizers, const CorpusOptions& options,
                              CorpusReport& report);

}  // namespace strata
