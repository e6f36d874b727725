// Batcher: which pairs form which batch. The order is a pure function of (corpus, options, seed, epoch).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/data/batch.hpp"

namespace strata {

class Corpus;

// How pairs are grouped; the options of a recipe's "train.batch".
struct BatchOptions {
  std::int64_t tokens = 4096;       // budget of a batch: pairs x longest side, padding and </s> counted
  std::int64_t sentences = 0;       // most pairs in a batch; 0 leaves it to the budget
  std::int64_t multiple = 8;        // pairs in a batch are a multiple of this where that many fit
  std::int64_t window = 0;          // pairs that are shuffled, then sorted by length together; 0 takes the whole split
  std::int64_t source_spread = -1;  // most by which source lengths within a batch differ (0: all equal); -1 any
  bool shuffle = true;              // false: one order for all epochs, shortest first within each window

  void visit(auto& option) {
    option("tokens", tokens, "budget of a batch: pairs x longest side, padding counted").range(1, 1 << 24);
    option("sentences", sentences, "most pairs of a batch (0: as many as the budget allows)").range(0, 1 << 20);
    option("multiple", multiple, "divisor of the number of pairs in a batch, where that many fit").range(1, 1024);
    option("window", window, "pairs that are sorted by length together (0: the whole split)").range(0, 1 << 30);
    option("source_spread", source_spread, "largest difference of source lengths in a batch (-1: any)")
        .range(-1, 1 << 20);
    option("shuffle", shuffle, "new order of the pairs in each epoch");
  }
};

// What a prefetcher or a training loop pulls from; no value at the end.
using BatchSource = std::function<std::optional<Batch>()>;

// The pairs of an epoch, which are not the same in each where a tokenizer samples; a function of the epoch alone.
using EpochCorpus = std::function<std::shared_ptr<const Corpus>(std::int64_t epoch)>;

class STRATA_API Batcher {
 public:
  // `corpus` outlives the batcher. Throws E_DATA_EMPTY when it has no pair.
  Batcher(const Corpus& corpus, const BatchOptions& options, std::uint64_t seed);
  // `corpora` is asked once for each epoch, from whichever thread needs it first.
  Batcher(EpochCorpus corpora, const BatchOptions& options, std::uint64_t seed);
  ~Batcher();

  // Batches in an epoch (from 0). Plans are made when first asked for; the last two are kept.
  std::int64_t batches(std::int64_t epoch) const;
  // Batch `position` (from 0) of an epoch. Safe from several threads. Throws E_DATA_POSITION past the end.
  Batch batch(std::int64_t epoch, std::int64_t position) const;
  // From (epoch, position) on through all following epochs, or up to the end of epoch `last_epoch` when given.
  // The batcher outlives the source.
  BatchSource stream(std::int64_t epoch, std::int64_t position, std::optional<std::int64_t> last_epoch = {}) const;

 private:
  struct Plans;
  std::unique_ptr<Plans> plans_;
};

}  // namespace strata
