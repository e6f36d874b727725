// Feeds: batches against a plain definition, any position at any time, shares of ranks, and what is refused.
#include "strata/data/feed.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>

#include "framework/data/feeds.hpp"

using namespace strata;
using strata_test::Bytes;
using strata_test::check_error;
using strata_test::facts_of;
using strata_test::Folder;
using strata_test::goes_on_anywhere;
using strata_test::kSeed;
using strata_test::make;
using strata_test::same;
using strata_test::Text;

BOOST_AUTO_TEST_SUITE(feed)

BOOST_AUTO_TEST_CASE(pairs_go_on_anywhere) {
  const Folder folder;
  std::string rows;
  for (int i = 0; i < 60; ++i)
    rows += std::string(static_cast<std::size_t>(1 + i * 7 % 13), 'a') + "\tb" + std::to_string(i) + "\n";
  folder.write("train.tsv", rows);
  const Feed::Facts facts = facts_of(R"({"type": "tsv", "train": ")" + folder.path("train.tsv") + "\"}");
  goes_on_anywhere(R"({"type": "pairs", "batch": {"tokens": 60}})", facts);
}

BOOST_AUTO_TEST_CASE(ranks_share_the_pairs_of_an_epoch) {
  const Folder folder;
  std::string rows;
  for (int i = 0; i < 45; ++i) rows += "a\tb\n";
  folder.write("train.tsv", rows);
  const std::string spec = R"({"type": "pairs", "batch": {"sentences": 5}})";
  Feed::Facts facts = facts_of(R"({"type": "tsv", "train": ")" + folder.path("train.tsv") + "\"}");
  std::vector<std::int64_t> seen;
  facts.ranks = 2;
  for (facts.rank = 0; facts.rank < 2; ++facts.rank) {
    const auto feed = make(spec, facts);
    BOOST_TEST(feed->batches(0) == 5);  // nine batches: the second rank has none at the end
    for (std::int64_t i = 0; i < 5; ++i) {
      const Batch batch = feed->batch(0, i);
      BOOST_TEST(batch.size == (facts.rank == 1 && i == 4 ? 0 : 5));
      seen.insert(seen.end(), batch.indices.begin(), batch.indices.end());
    }
  }
  std::sort(seen.begin(), seen.end());
  std::vector<std::int64_t> all(45);
  std::iota(all.begin(), all.end(), 0);
  BOOST_TEST(seen == all, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_stream_is_the_documents_one_after_the_other) {
  for (const bool shuffle : {false, true}) {
    const Text text(30);
    std::vector<std::size_t> order(text.documents.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (shuffle) Rng(kSeed, "data/documents/1").shuffle(order);
    std::vector<std::int32_t> expected;
    for (const std::size_t i : order) {
      expected.insert(expected.end(), text.documents[i].begin(), text.documents[i].end());
    }
    const std::string spec =
        R"({"type": "stream", "lanes": 3, "window": 7, "shuffle": )" + std::string(shuffle ? "true" : "false") + "}";
    const auto feed = make(spec, facts_of(text.data));
    const auto predictions = static_cast<std::int64_t>(expected.size()) - 1, lane = (predictions + 2) / 3;
    BOOST_TEST(feed->batches(1) == (lane + 6) / 7);
    std::int64_t tokens = 0;
    for (std::int64_t i = 0; i < feed->batches(1); ++i) {
      const Batch batch = feed->batch(1, i);
      BOOST_TEST(batch.first == (i == 0));
      const Column &read = batch["tokens"], &next = batch["targets"];
      for (std::int64_t row = 0; row < 3; ++row) {
        for (std::int64_t t = 0; t < read.shape[1]; ++t) {
          const auto at = static_cast<std::size_t>(row * lane + i * 7 + t);
          const auto here = static_cast<std::size_t>(row * read.shape[1] + t);
          const bool inside = at + 1 < expected.size();
          BOOST_TEST(read.ids[here] == (inside ? expected[at] : kPad));
          BOOST_TEST(next.ids[here] == (inside ? expected[at + 1] : -1));
        }
      }
      tokens += batch.tokens;
    }
    BOOST_TEST(tokens == predictions);
  }
}

BOOST_AUTO_TEST_CASE(streams_go_on_anywhere_and_ranks_have_lanes_of_their_own) {
  const Text text(40);
  Feed::Facts facts = facts_of(text.data);
  goes_on_anywhere(R"({"type": "stream", "lanes": 4, "window": 5})", facts);
  const auto whole = make(R"({"type": "stream", "lanes": 4, "window": 5})", facts);
  facts.ranks = 2;
  for (facts.rank = 0; facts.rank < 2; ++facts.rank) {
    const auto half = make(R"({"type": "stream", "lanes": 2, "window": 5})", facts);
    BOOST_TEST(half->batches(0) == whole->batches(0));
    const Batch own = half->batch(0, 3), all = whole->batch(0, 3);
    const std::size_t size = own["tokens"].ids.size();
    const auto begin =
        all["tokens"].ids.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(facts.rank) * size);
    BOOST_TEST(std::equal(own["tokens"].ids.begin(), own["tokens"].ids.end(), begin));
  }
}

BOOST_AUTO_TEST_CASE(ids_are_made_once_and_anew_for_another_text) {
  const Text text(40);
  Feed::Facts facts = facts_of(text.data);
  facts.cache = text.folder.path("cache");
  const std::string spec = R"({"type": "stream", "lanes": 2, "window": 5})";
  const auto first = make(spec, facts);
  const auto files = [&] {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(facts.cache)) names.insert(entry.path().string());
    return names;
  };
  BOOST_REQUIRE(files().size() == 1U);
  const std::string path = *files().begin();
  const auto time = std::filesystem::last_write_time(path);
  BOOST_TEST(same(make(spec, facts)->batch(0, 2), first->batch(0, 2)));
  BOOST_TEST((std::filesystem::last_write_time(path) == time));
  BOOST_TEST(make(spec, facts)->fingerprint() == first->fingerprint());
  const Batch before = first->batch(0, 2);
  std::filesystem::resize_file(path, 100);  // a file that is not whole is made anew
  BOOST_TEST(same(make(spec, facts)->batch(0, 2), before));
  text.folder.write("train.txt", std::string(200, 'x') + "\n");
  BOOST_TEST(make(spec, facts)->fingerprint() != first->fingerprint());
  BOOST_TEST(files().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_stream_shorter_than_its_window_is_refused_for_training_alone) {
  const Folder folder;
  folder.write("train.txt", "abcdefghij\n");
  const std::string data = R"({"type": "text", "train": ")" + folder.path("train.txt") + "\"}";
  const std::string spec = R"({"type": "stream", "lanes": 2, "window": 8})";
  check_error([&] { make(spec, facts_of(data)); }, "E_DATA_EMPTY", "split train",
              "12 tokens are too few: 2 lanes of a window of 8 need 17");
  const auto measured = make(spec, facts_of(data, false));
  BOOST_TEST(measured->batch(0, 0).size == 1);
  BOOST_TEST(measured->batch(0, 0).tokens + measured->batch(0, 1).tokens == 11);
  BOOST_TEST(measured->batch(0, 0).bytes + measured->batch(0, 1).bytes == 9);  // "bcdefghij"; the end has none
  check_error([&] { make(R"({"type": "stream", "field": "source"})", facts_of(data)); }, "E_DATA_FIELD",
              "[stream] field", "the data has no field \"source\"");
}

BOOST_AUTO_TEST_CASE(prompts_become_rows_of_a_stream) {
  Feed::Facts facts;
  facts.tokenizers = {{"text", std::make_shared<Bytes>()}};
  const auto feed = make(R"({"type": "stream"})", facts);
  Example one, two, three;
  set_texts(one, {"abc"}, 0);
  set_texts(two, {"d"}, 1);
  set_texts(three, {""}, 2);
  const Batch batch = feed->inputs(std::vector<Example>{one, two, three});
  const std::vector<std::int32_t> a = Bytes().encode("abcd");
  BOOST_TEST(batch["tokens"].ids == (std::vector<std::int32_t>{a[0], a[1], a[2], a[3], kPad, kPad, kEnd, kPad, kPad}));
  BOOST_TEST(batch["tokens_lengths"].ids == (std::vector<std::int32_t>{3, 1, 1}));
}

BOOST_AUTO_TEST_SUITE_END()
