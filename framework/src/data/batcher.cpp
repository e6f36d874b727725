// Batcher: shuffle, sort within windows, cut by budget, shuffle the batches.
#include "strata/data/batcher.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "data/epoch_cache.hpp"
#include "strata/core/error.hpp"
#include "strata/core/rng.hpp"
#include "strata/data/corpus.hpp"
#include "strata/data/feed.hpp"

namespace strata {
namespace {

// 0..count-1 in an order that depends on (seed, what, epoch) alone.
std::vector<std::uint32_t> shuffled(std::size_t count, std::uint64_t seed, const char* what, std::int64_t epoch) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  Rng(seed, std::string("data/") + what + "/" + std::to_string(epoch)).shuffle(order);
  return order;
}

void check_size(const Corpus& corpus) {
  if (corpus.size() == 0) throw Error("E_DATA_EMPTY", "[batcher]", "there is no pair to make batches of");
  if (corpus.size() > std::int64_t{1} << 31) {
    throw Error("E_DATA_LIMIT", "[batcher]",
                std::to_string(corpus.size()) + " pairs are too many for one split (limit: 2^31)");
  }
}

}  // namespace

struct Batcher::Plans {
  struct Plan {
    std::shared_ptr<const Corpus> corpus;
    std::vector<std::uint32_t> pairs;                             // of the corpus, batch after batch
    std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges;  // of `pairs`, a batch each, in order of use
  };

  EpochCorpus corpora;
  bool always_equal;  // the pairs of all epochs
  BatchOptions options;
  std::uint64_t seed;
  detail::EpochCache<Plan> made;

  std::shared_ptr<const Plan> plan(std::int64_t epoch);
  std::shared_ptr<const Plan> make(std::int64_t epoch) const;
  void sort_windows(const Corpus& corpus, std::vector<std::uint32_t>& pairs) const;
  void cut(Plan& plan) const;
};

std::shared_ptr<const Batcher::Plans::Plan> Batcher::Plans::plan(std::int64_t epoch) {
  if (!options.shuffle && always_equal) epoch = 0;
  return made.of(epoch, [&] { return make(epoch); });
}

void Batcher::Plans::sort_windows(const Corpus& corpus, std::vector<std::uint32_t>& pairs) const {
  const std::size_t window = options.window > 0 ? static_cast<std::size_t>(options.window) : pairs.size();
  const auto lengths = [&](std::uint32_t i) { return std::pair(corpus.source_length(i), corpus.target_length(i)); };
  for (std::size_t begin = 0; begin < pairs.size(); begin += window) {
    const std::size_t end = std::min(pairs.size(), begin + window);
    std::stable_sort(pairs.begin() + static_cast<std::ptrdiff_t>(begin),
                     pairs.begin() + static_cast<std::ptrdiff_t>(end),
                     [&](std::uint32_t a, std::uint32_t b) { return lengths(a) < lengths(b); });
  }
}

namespace {

// What the batch limits look at, of the pairs gathered so far.
struct Extent {
  std::int64_t count = 0, longest = 0, shortest_source = 0, longest_source = 0;

  Extent with(const Corpus& corpus, std::uint32_t pair) const {
    const std::int64_t source = corpus.source_length(pair) + 1, target = corpus.target_length(pair) + 1;
    return {count + 1, std::max({longest, source, target}), count == 0 ? source : std::min(shortest_source, source),
            std::max(longest_source, source)};
  }
  bool within(const BatchOptions& options) const {
    return count <= 1 || (count * longest <= options.tokens && (options.sentences == 0 || count <= options.sentences) &&
                          (options.source_spread < 0 || longest_source - shortest_source <= options.source_spread));
  }
};

}  // namespace

// Sizes that return keep the shapes of a step's products few: kernels are made for a shape, and AMX and AVX-512 take
// rows by the block. What a cut leaves over opens the next batch.
void Batcher::Plans::cut(Plan& plan) const {
  const Corpus& corpus = *plan.corpus;
  const std::size_t window = options.window > 0 ? static_cast<std::size_t>(options.window) : plan.pairs.size();
  std::uint32_t begin = 0;
  Extent extent;
  const auto close = [&](std::uint32_t end) {
    plan.ranges.emplace_back(begin, end);
    begin = end;
    extent = {};
  };
  for (std::uint32_t i = 0; i < plan.pairs.size(); ++i) {
    if (i > begin && i % window == 0) close(i);
    while (i > begin && !extent.with(corpus, plan.pairs[i]).within(options)) {
      const auto count = static_cast<std::uint32_t>(extent.count),
                 multiple = static_cast<std::uint32_t>(options.multiple);
      close(begin + (count > multiple ? count - count % multiple : count));
      for (std::uint32_t left = begin; left < i; ++left) extent = extent.with(corpus, plan.pairs[left]);
    }
    extent = extent.with(corpus, plan.pairs[i]);
  }
  close(static_cast<std::uint32_t>(plan.pairs.size()));
}

std::shared_ptr<const Batcher::Plans::Plan> Batcher::Plans::make(std::int64_t epoch) const {
  auto plan = std::make_shared<Plan>();
  plan->corpus = corpora(epoch);
  check_size(*plan->corpus);
  const auto count = static_cast<std::size_t>(plan->corpus->size());
  if (options.shuffle) {
    plan->pairs = shuffled(count, seed, "pairs", epoch);
  } else {
    plan->pairs.resize(count);
    std::iota(plan->pairs.begin(), plan->pairs.end(), 0U);
  }
  sort_windows(*plan->corpus, plan->pairs);
  cut(*plan);
  if (options.shuffle) {
    const auto ranges = plan->ranges;
    const auto order = shuffled(ranges.size(), seed, "batches", epoch);
    std::transform(order.begin(), order.end(), plan->ranges.begin(), [&](std::uint32_t i) { return ranges[i]; });
  }
  return plan;
}

Batcher::Batcher(const Corpus& corpus, const BatchOptions& options, std::uint64_t seed)
    : plans_(
          new Plans{[&corpus](std::int64_t) { return std::shared_ptr<const Corpus>(std::shared_ptr<void>(), &corpus); },
                    true,
                    options,
                    seed,
                    {}}) {
  check_size(corpus);
}

Batcher::Batcher(EpochCorpus corpora, const BatchOptions& options, std::uint64_t seed)
    : plans_(new Plans{std::move(corpora), false, options, seed, {}}) {}

Batcher::~Batcher() = default;

std::int64_t Batcher::batches(std::int64_t epoch) const {
  return static_cast<std::int64_t>(plans_->plan(epoch)->ranges.size());
}

Batch Batcher::batch(std::int64_t epoch, std::int64_t position) const {
  const auto plan = plans_->plan(epoch);
  const auto count = static_cast<std::int64_t>(plan->ranges.size());
  check_position(epoch, position, count);
  const auto [begin, end] = plan->ranges[static_cast<std::size_t>(position)];
  std::vector<EncodedPair> pairs;
  for (std::uint32_t i = begin; i < end; ++i) pairs.push_back((*plan->corpus)[plan->pairs[i]]);
  Batch batch = make_pair_batch(pairs);
  batch.epoch = epoch;
  batch.position = position;
  batch.last = position + 1 == count;
  return batch;
}

}  // namespace strata
