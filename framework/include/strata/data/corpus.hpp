// Corpus: the encoded pairs of one split, in two flat arrays.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/core/rng.hpp"
#include "strata/data/batch.hpp"

namespace strata {

class ExampleReader;
class Tokenizers;

// The token ids of one pair, without <s> and </s>. The spans point into the Corpus.
struct EncodedPair {
  std::span<const std::int32_t> source, target;  // token ids of the two sides
  std::int64_t index = 0;                        // position in the split, from 0
};

// Makes a batch of pairs, in their order. Its columns: source [B,Ts] (the source tokens, then </s>), source_lengths
// [B]; target_in [B,Tt] (<s>, then the target tokens), target_out [B,Tt] (the target tokens, then </s>), target_lengths
// [B]. Lengths count </s>; rows are padded with kPad. Batch::tokens is the sum of target_lengths.
STRATA_API Batch make_pair_batch(std::span<const EncodedPair> pairs);

class STRATA_API Corpus {
 public:
  std::int64_t size() const noexcept { return static_cast<std::int64_t>(indices_.size()); }  // number of pairs
  // Pair i, and the numbers of tokens of its sides without </s>. 0 <= i < size(), which is not checked.
  EncodedPair operator[](std::int64_t i) const;
  std::int64_t source_length(std::int64_t i) const { return source_ends_[at(i) + 1] - source_ends_[at(i)]; }
  std::int64_t target_length(std::int64_t i) const { return target_ends_[at(i) + 1] - target_ends_[at(i)]; }

  // Copies a pair to the end; `index` is its position in the split.
  void add(std::span<const std::int32_t> source, std::span<const std::int32_t> target, std::int64_t index);

 private:
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
  std::vector<std::int32_t> source_, target_;
  std::vector<std::int64_t> source_ends_{0}, target_ends_{0}, indices_;
};

// Options of read_corpus().
struct CorpusOptions {
  std::int64_t max_length = 0;         // most tokens on a side; longer pairs are left out. 0: no limit
  bool keep_empty = false;             // true: pairs with an empty side stay in the corpus
  std::string place = "[corpus]";      // place in warnings and errors about all pairs
  Rng* random = nullptr;               // when not null, Tokenizer::sample() encodes the pairs, with this stream
  std::size_t source = 0, target = 1;  // positions of the two texts in Example::fields
};

// Counts of read_corpus().
struct CorpusReport {
  // Pairs read and kept, and pairs left out because a side was empty or too long.
  std::int64_t read = 0, kept = 0, empty = 0, too_long = 0;
  // Tokens and unknown tokens of the kept pairs.
  std::int64_t source_tokens = 0, target_tokens = 0, source_unknown = 0, target_unknown = 0;
  // The reader's warnings, and one line each with the number of empty and too long pairs.
  std::vector<std::string> warnings;
};

// Reads a split to its end and encodes it with the tokenizers "source" and "target". Throws what the reader throws, and
// E_DATA_EMPTY when no pair is left.
STRATA_API Corpus read_corpus(ExampleReader& reader, const Tokenizers& tokenizers, const CorpusOptions& options,
                              CorpusReport& report);

}  // namespace strata
