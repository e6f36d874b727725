// What the tests of feeds share: a tokenizer of bytes, a text of several documents, and the promise of a resumed run.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "framework/data/folder.hpp"
#include "strata/core/json.hpp"
#include "strata/core/rng.hpp"
#include "strata/data/feed.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata_test {

using namespace strata;

inline constexpr std::uint64_t kSeed = 20261130;

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
  std::string decode(const std::vector<std::int32_t>& ids) const override {
    std::string text;
    for (const std::int32_t id : ids) {
      if (id == kEnd) break;
      if (id >= kSpecials) text += static_cast<char>(id - kSpecials + 33);
    }
    return text;
  }
  std::vector<std::string> save(const std::string&, const std::string&) const override { return {}; }
  void load(const std::string&, const std::string&) override {}

 private:
  Vocabulary vocabulary_;
};

inline Feed::Facts facts_of(const std::string& data, bool training = true) {
  Feed::Facts facts;
  facts.dataset = default_registry().make<Dataset>(parse_json(data, "recipe.json"));
  facts.split = "train";
  facts.training = training;
  const auto bytes = std::make_shared<Bytes>();
  facts.tokenizers = {{"source", bytes}, {"target", bytes}, {"text", bytes}};
  facts.seed = kSeed;
  return facts;
}

inline std::shared_ptr<Feed> make(const std::string& spec, const Feed::Facts& facts) {
  return default_registry().make<Feed>(parse_json(spec, "recipe.json"), facts);
}

inline bool same(const Batch& a, const Batch& b) {
  const auto equal = [](const Column& one, const Column& two) {
    return one.name == two.name && one.shape == two.shape && one.ids == two.ids && one.numbers == two.numbers;
  };
  return a.indices == b.indices && a.epoch == b.epoch && a.position == b.position && a.first == b.first &&
         a.last == b.last && a.tokens == b.tokens &&
         std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(), equal);
}

// A resumed run sees what an uninterrupted one would have seen.
inline void goes_on_anywhere(const std::string& spec, const Feed::Facts& facts) {
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

}  // namespace strata_test
