// Batcher: every pair once an epoch, budgets kept, an order that (seed, epoch, position) alone decides.
#include "strata/data/batcher.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <memory>
#include <numeric>
#include <set>

#include "framework/data/folder.hpp"
#include "strata/core/rng.hpp"
#include "strata/data/corpus.hpp"
#include "strata/text/vocabulary.hpp"

using namespace strata;
using strata_test::check_error;

namespace {

constexpr std::uint64_t kSeed = 20261120;

// Lengths 1 to 30; the first source id of a pair is 4 + its index.
Corpus make_corpus(std::int64_t size) {
  Corpus corpus;
  Rng rng(kSeed, "batcher_test");
  for (std::int64_t i = 0; i < size; ++i) {
    std::vector<std::int32_t> source(1 + rng.below(30), 5), target(1 + rng.below(30), 6);
    source[0] = static_cast<std::int32_t>(4 + i);
    corpus.add(source, target, i);
  }
  return corpus;
}

std::vector<Batch> epoch_of(const Batcher& batcher, std::int64_t epoch) {
  std::vector<Batch> batches;
  for (std::int64_t i = 0; i < batcher.batches(epoch); ++i) batches.push_back(batcher.batch(epoch, i));
  return batches;
}

std::vector<std::int64_t> order(const std::vector<Batch>& batches) {
  std::vector<std::int64_t> indices;
  for (const Batch& batch : batches) indices.insert(indices.end(), batch.indices.begin(), batch.indices.end());
  return indices;
}

std::int64_t padded(const std::vector<Batch>& batches) {
  return std::accumulate(batches.begin(), batches.end(), std::int64_t{0},
                         [](std::int64_t sum, const Batch& batch) { return sum + batch["source"].shape.numel(); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(batcher)

BOOST_AUTO_TEST_CASE(rows_are_as_documented) {
  Corpus corpus;
  corpus.add(std::vector<std::int32_t>{7, 8, 9}, std::vector<std::int32_t>{10}, 3);
  corpus.add(std::vector<std::int32_t>{11}, std::vector<std::int32_t>{12, 13}, 5);
  const Batch batch = make_pair_batch(std::vector<EncodedPair>{corpus[0], corpus[1]});
  BOOST_TEST(batch.size == 2);
  BOOST_TEST((batch["source"].shape == Shape{2, 4}));
  BOOST_TEST((batch["target_in"].shape == Shape{2, 3}));
  BOOST_TEST((batch["target_out"].shape == Shape{2, 3}));
  BOOST_TEST(batch["source"].ids == (std::vector<std::int32_t>{7, 8, 9, kEnd, 11, kEnd, kPad, kPad}));
  BOOST_TEST(batch["target_in"].ids == (std::vector<std::int32_t>{kStart, 10, kPad, kStart, 12, 13}));
  BOOST_TEST(batch["target_out"].ids == (std::vector<std::int32_t>{10, kEnd, kPad, 12, 13, kEnd}));
  BOOST_TEST(batch["source_lengths"].ids == (std::vector<std::int32_t>{4, 2}));
  BOOST_TEST(batch["target_lengths"].ids == (std::vector<std::int32_t>{2, 3}));
  BOOST_TEST(batch.indices == (std::vector<std::int64_t>{3, 5}));
  BOOST_TEST(batch.tokens == 5);
  check_error([&] { (void)batch["image"]; }, "E_MODEL_COLUMN", "", "the batch has no \"image\", which the model needs");
}

BOOST_AUTO_TEST_CASE(each_pair_once_an_epoch_within_the_budget) {
  const Corpus corpus = make_corpus(1000);
  for (const std::int64_t window : {0, 64, 1, 5000}) {
    BatchOptions options;
    options.tokens = 200;
    options.window = window;
    const Batcher batcher(corpus, options, kSeed);
    const std::vector<Batch> batches = epoch_of(batcher, 0);
    std::vector<std::int64_t> seen = order(batches), all(1000);
    std::sort(seen.begin(), seen.end());
    std::iota(all.begin(), all.end(), 0);
    BOOST_TEST(seen == all);
    for (const Batch& batch : batches) {
      BOOST_TEST(batch.size * std::max(batch["source"].shape[1], batch["target_in"].shape[1]) <= 200);
      for (std::int64_t b = 0; b < batch.size; ++b) {  // the row is the pair that `indices` says
        BOOST_TEST(batch["source"].ids[static_cast<std::size_t>(b * batch["source"].shape[1])] == 4 + batch.indices[b]);
      }
    }
    BOOST_TEST(batches.back().last);
    BOOST_TEST(std::count_if(batches.begin(), batches.end(), [](const Batch& batch) { return batch.last; }) == 1);
  }
}

BOOST_AUTO_TEST_CASE(sorting_saves_padding) {
  const Corpus corpus = make_corpus(2000);
  BatchOptions options;
  options.tokens = 300;
  const std::int64_t sorted = padded(epoch_of(Batcher(corpus, options, kSeed), 0));
  options.window = 1;
  const std::int64_t alone = padded(epoch_of(Batcher(corpus, options, kSeed), 0));  // no padding at all
  BOOST_TEST_MESSAGE("source positions: " << sorted << " sorted, " << alone << " without padding");
  BOOST_TEST(sorted <= alone * 1.05);
}

BOOST_AUTO_TEST_CASE(spread_and_sentences_are_limits) {
  const Corpus corpus = make_corpus(1000);
  BatchOptions options;
  options.tokens = 1000;
  options.sentences = 7;
  options.source_spread = 0;
  for (const Batch& batch : epoch_of(Batcher(corpus, options, kSeed), 3)) {
    BOOST_TEST(batch.size <= 7);
    BOOST_TEST(
        (std::set<std::int32_t>(batch["source_lengths"].ids.begin(), batch["source_lengths"].ids.end()).size()) == 1U);
  }
  options.source_spread = 2;
  for (const Batch& batch : epoch_of(Batcher(corpus, options, kSeed), 3)) {
    const auto [low, high] =
        std::minmax_element(batch["source_lengths"].ids.begin(), batch["source_lengths"].ids.end());
    BOOST_TEST(*high - *low <= 2);
  }
}

BOOST_AUTO_TEST_CASE(sizes_are_multiples_where_that_many_fit) {
  const Corpus corpus = make_corpus(1000);
  BatchOptions options;
  options.tokens = 350;  // 11 pairs of the longest, 175 of the shortest
  for (const std::int64_t multiple : {1, 4, 8}) {
    options.multiple = multiple;
    const std::vector<Batch> batches = epoch_of(Batcher(corpus, options, kSeed), 1);
    const auto odd =
        std::count_if(batches.begin(), batches.end(), [&](const Batch& batch) { return batch.size % multiple != 0; });
    BOOST_TEST(odd <= 1);  // the last one of the window
    std::vector<std::int64_t> seen = order(batches), all(1000);
    std::sort(seen.begin(), seen.end());
    std::iota(all.begin(), all.end(), 0);
    BOOST_TEST(seen == all);
    for (const Batch& batch : batches) {
      BOOST_TEST(batch.size * std::max(batch["source"].shape[1], batch["target_in"].shape[1]) <= 350);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_pair_above_the_budget_stands_alone) {
  const Corpus corpus = make_corpus(50);
  BatchOptions options;
  options.tokens = 1;
  const std::vector<Batch> batches = epoch_of(Batcher(corpus, options, kSeed), 0);
  BOOST_TEST(batches.size() == 50U);
}

BOOST_AUTO_TEST_CASE(seed_and_epoch_decide_the_order) {
  const Corpus corpus = make_corpus(500);
  BatchOptions options;
  options.tokens = 200;
  const auto orders = [&](std::uint64_t seed, std::int64_t epoch) {
    return order(epoch_of(Batcher(corpus, options, seed), epoch));
  };
  BOOST_TEST(orders(1, 0) == orders(1, 0));
  BOOST_TEST(orders(1, 0) != orders(1, 1));
  BOOST_TEST(orders(1, 0) != orders(2, 0));
  options.shuffle = false;
  BOOST_TEST(orders(1, 0) == orders(2, 7));
}

BOOST_AUTO_TEST_CASE(the_order_never_changes) {
  // Checkpoints resume by (epoch, position): a change of this order would break every run that is under way.
  Corpus corpus;
  for (std::int32_t i = 0; i < 8; ++i) corpus.add(std::vector<std::int32_t>{4}, std::vector<std::int32_t>{5}, i);
  BatchOptions options;
  options.sentences = 2;
  std::vector<std::int64_t> expected(8);
  std::iota(expected.begin(), expected.end(), 0);
  Rng(7, "data/pairs/2").shuffle(expected);
  std::vector<std::size_t> batches = {0, 1, 2, 3};
  Rng(7, "data/batches/2").shuffle(batches);
  const Batcher batcher(corpus, options, 7);
  for (std::int64_t i = 0; i < 4; ++i) {
    const std::size_t first = 2 * batches[static_cast<std::size_t>(i)];
    BOOST_TEST(batcher.batch(2, i).indices == (std::vector<std::int64_t>{expected[first], expected[first + 1]}));
  }
}

BOOST_AUTO_TEST_CASE(an_epoch_may_have_pairs_of_its_own) {
  std::map<std::int64_t, int> asked;
  const auto corpora = [&](std::int64_t epoch) {
    ++asked[epoch];
    return std::make_shared<const Corpus>(make_corpus(100 + 10 * epoch));
  };
  for (const bool shuffle : {true, false}) {
    BatchOptions options;
    options.tokens = 200;
    options.shuffle = shuffle;
    const Batcher batcher(corpora, options, kSeed);
    for (const std::int64_t epoch : {0, 1, 2}) {
      std::vector<std::int64_t> indices = order(epoch_of(batcher, epoch));
      std::sort(indices.begin(), indices.end());
      std::vector<std::int64_t> all(static_cast<std::size_t>(100 + 10 * epoch));
      std::iota(all.begin(), all.end(), std::int64_t{0});
      BOOST_TEST(indices == all, boost::test_tools::per_element());
    }
    const Batcher again(corpora, options, kSeed);
    const Batch batch = again.batch(2, 3), same = batcher.batch(2, 3);
    BOOST_TEST(batch["source"].ids == same["source"].ids, boost::test_tools::per_element());
  }
  BOOST_TEST((asked == std::map<std::int64_t, int>{{0, 2}, {1, 2}, {2, 4}}));
  const Batcher empty([](std::int64_t) { return std::make_shared<const Corpus>(); }, {}, kSeed);
  check_error([&] { (void)empty.batches(0); }, "E_DATA_EMPTY", "[batcher]", "no pair");
}

BOOST_AUTO_TEST_CASE(errors) {
  check_error([] { Batcher(Corpus(), {}, 1); }, "E_DATA_EMPTY", "[batcher]", "no pair");
  const Corpus corpus = make_corpus(3);
  const Batcher batcher(corpus, {}, 1);
  check_error([&] { batcher.batch(0, batcher.batches(0)); }, "E_DATA_POSITION", "", "does not exist");
  check_error([&] { batcher.batch(0, 99); }, "E_DATA_POSITION", "", "batch 99 of epoch 0");
}

BOOST_AUTO_TEST_SUITE_END()
