// Feed: what all feeds share.
#include "strata/data/feed.hpp"

#include "strata/core/error.hpp"

namespace strata {

Feed::~Feed() = default;
std::vector<VocabularyPlan> Feed::vocabularies() const { return {}; }
Config Feed::saved() const { return {}; }
std::string Feed::fingerprint() const { return {}; }

BatchSource batch_source(const Feed& feed, std::int64_t epoch, std::int64_t position,
                         std::optional<std::int64_t> last_epoch) {
  return [&feed, epoch, position, last_epoch]() mutable -> std::optional<Batch> {
    if (position >= feed.batches(epoch)) {  // a checkpoint may stand right behind the last batch of an epoch
      if (position > feed.batches(epoch)) return feed.batch(epoch, position);  // throws
      ++epoch;
      position = 0;
    }
    if (last_epoch && epoch > *last_epoch) return std::nullopt;
    return feed.batch(epoch, position++);
  };
}

void check_position(std::int64_t epoch, std::int64_t position, std::int64_t count) {
  if (position >= 0 && position < count) return;
  throw Error("E_DATA_POSITION", "",
              "batch " + std::to_string(position) + " of epoch " + std::to_string(epoch) +
                  " does not exist: the epoch has " + std::to_string(count),
              "the data or the options of the feed are not those of the checkpoint");
}

}  // namespace strata
