// Feeds: batches against a plain definition, any position at any time, shares of ranks, and what is refused.
#include "strata/data/feed.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>

#include "framework/data/folder.hpp"
#include "strata/core/json.hpp"
#include "strata/core/rng.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/text/vocabulary.hpp"

using namespace strata;
using strata_test::check_error;
using strata_test::Folder;

namespace {

constexpr std::uint64_t kSeed = 20261130;

// One id a byte.
class Bytes final : public Tokenizer {
 public:
  Bytes() {
    for (int i = 33; i < 127; ++i) vocabulary_.add(std::string(1, static_cast<char>(i)));
  }
  bool joint() const override { return true; }
  void train(const LineSource&) override {}
  const Vocabulary& vocabulary() const override { return vocabulary_; }
  std::vector<std::int32_t> encode(std::string_view text) const override {
    std::vector<std::int32_t> ids;
    for (const char c : text) ids.push_back(c < 33 ? kUnk : c - 33 + kSpecials);
    return ids;
  }
  std::string decode(const std::vector<std::int32_t>&) const override { return {}; }
  std::vector<std::string> save(const std::string&, const std::string&) const override { return {}; }
  void load(const std::string&, const std::string&) override {}

 private:
  Vocabulary vocabulary_;
};

Feed::Facts facts_of(const std::string& data, bool training = true) {
  Feed::Facts facts;
  facts.dataset = default_registry().make<Dataset>(parse_json(data, "recipe.json"));
  facts.split = "train";
  facts.training = training;
  const auto bytes = std::make_shared<Bytes>();
  facts.tokenizers = {{"source", bytes}, {"target", bytes}, {"text", bytes}};
  facts.seed = kSeed;
  return facts;
}

std::shared_ptr<Feed> make(const std::string& spec, const Feed::Facts& facts) {
  return default_registry().make<Feed>(parse_json(spec, "recipe.json"), facts);
}

bool same(const Batch& a, const Batch& b) {
  const auto equal = [](const Column& one, const Column& two) {
    return one.name == two.name && one.shape == two.shape && one.ids == two.ids && one.numbers == two.numbers;
  };
  return a.indices == b.indices && a.epoch == b.epoch && a.position == b.position && a.first == b.first &&
         a.last == b.last && a.tokens == b.tokens &&
         std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(), equal);
}

// A resumed run sees what an uninterrupted one would have seen.
void goes_on_anywhere(const std::string& spec, const Feed::Facts& facts) {
  const auto feed = make(spec, facts), fresh = make(spec, facts);
  std::vector<Batch> all;
  const BatchSource source = batch_source(*feed, 0, 0, 2);
  for (std::optional<Batch> batch; (batch = source());) all.push_back(std::move(*batch));
  std::int64_t expected = 0;
  for (const std::int64_t epoch : {0, 1, 2}) expected += fresh->batches(epoch);
  BOOST_REQUIRE(static_cast<std::int64_t>(all.size()) == expected);
  for (std::size_t i = all.size(); i-- > 0;) {  // backwards: nothing may depend on what was read before
    const BatchSource resumed = batch_source(*fresh, all[i].epoch, all[i].position, 2);
    for (std::size_t j = i; j < std::min(i + 3, all.size()); ++j) BOOST_TEST(same(*resumed(), all[j]));
  }
  BOOST_TEST(same(*batch_source(*fresh, 0, fresh->batches(0))(), feed->batch(1, 0)));
  check_error([&] { (void)feed->batch(0, feed->batches(0)); }, "E_DATA_POSITION", "", "does not exist");
}

// A text of several documents, and what a stream of it is: every byte, and </s> after each document.
struct Text {
  Folder folder;
  std::string data;
  std::vector<std::vector<std::int32_t>> documents;

  explicit Text(int count) {
    Rng random(kSeed, "feed_test");
    std::string text;
    for (int i = 0; i < count; ++i) {
      std::string line;
      for (std::uint64_t left = 1 + random.below(40); left > 0; --left) {
        line += static_cast<char>(33 + random.below(90));
      }
      text += line + "\n";
      documents.push_back(Bytes().encode(line));
      documents.back().push_back(kEnd);
    }
    folder.write("train.txt", text);
    data = R"({"type": "text", "document": "line", "train": ")" + folder.path("train.txt") + "\"}";
  }
};

}  // namespace

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
