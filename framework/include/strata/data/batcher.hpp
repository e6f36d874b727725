// Batcher: decides which pairs form which batch. The result depends on the corpus, the options, the seed and the epoch
// alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/data/batch.hpp"

namespace strata {

class Corpus;

// How pairs are grouped; the options of a recipe's "train.batch".
struct BatchOptions {
  std::int64_t tokens = 4096;  // largest size of a batch: pairs x length of the longest side; padding and </s> count
  std::int64_t sentences = 0;  // most pairs in a batch; 0: as many as `tokens` allows
  std::int64_t multiple = 8;   // the number of pairs in a batch is a multiple of this when at least that many fit
  // Number of successive pairs, in shuffled order, that are sorted by length; 0: the whole split.
  std::int64_t window = 0;
  std::int64_t source_spread = -1;  // largest difference of source lengths in a batch (0: all are equal); -1: any
  bool shuffle = true;              // false: every epoch has the same order, in each window the shortest pairs first

  void visit(auto& option) {
    option("tokens", tokens,
           "largest size of a batch: number of pairs x length of the longest side in tokens, padding counted")
        .range(1, 1 << 24);
    option("sentences", sentences, "most pairs of a batch (0: as many as the budget allows)").range(0, 1 << 20);
    option("multiple", multiple, "number of which the pairs in a batch are a multiple, when at least that many fit")
        .range(1, 1024);
    option("window", window, "number of pairs that are sorted by length together (0: the whole split)")
        .range(0, 1 << 30);
    option("source_spread", source_spread, "largest difference of source lengths in a batch (-1: any)")
        .range(-1, 1 << 20);
    option("shuffle", shuffle, "new order of the pairs in each epoch");
  }
};

// A function that returns the encoded pairs of an epoch. They differ from epoch to epoch when a tokenizer samples, and
// must depend on the epoch alone.
using EpochCorpus = std::function<std::shared_ptr<const Corpus>(std::int64_t epoch)>;

class STRATA_API Batcher {
 public:
  // `corpus` must outlive the batcher. Throws E_DATA_EMPTY when it has no pair.
  Batcher(const Corpus& corpus, const BatchOptions& options, std::uint64_t seed);
  // Takes another corpus for each epoch. `corpora` is called on the thread that first needs the epoch.
  Batcher(EpochCorpus corpora, const BatchOptions& options, std::uint64_t seed);
  ~Batcher();

  // The number of batches in an epoch (counted from 0). The order of an epoch is computed when it is first needed;
  // those of the last two epochs stay in memory.
  std::int64_t batches(std::int64_t epoch) const;
  // The batch at `position` (from 0) of an epoch. Several threads may call it at once. Throws E_DATA_POSITION past the
  // end.
  Batch batch(std::int64_t epoch, std::int64_t position) const;

 private:
  struct Plans;
  std::unique_ptr<Plans> plans_;
};

}  // namespace strata
