// Corpus: what is kept, what is left out and counted.
#include "strata/data/corpus.hpp"

#include <boost/test/unit_test.hpp>

#include "framework/data/folder.hpp"
#include "strata/data/dataset.hpp"
#include "strata/text/tokenizer.hpp"

using namespace strata;
using strata_test::check_error;

namespace {

// One id a byte: 'a' is 4, 'z' is unknown.
class ByteTokenizer final : public Tokenizer {
 public:
  bool joint() const override { return true; }
  void train(const LineSource&) override {}
  const Vocabulary& vocabulary() const override { return vocabulary_; }
  std::vector<std::int32_t> encode(std::string_view text) const override {
    std::vector<std::int32_t> ids;
    for (const char c : text) ids.push_back(c == 'z' ? kUnk : c - 'a' + kSpecials);
    return ids;
  }
  std::string decode(const std::vector<std::int32_t>&) const override { return {}; }
  std::vector<std::string> save(const std::string&, const std::string&) const override { return {}; }
  void load(const std::string&, const std::string&) override {}

 private:
  Vocabulary vocabulary_;
};

class ListReader final : public ExampleReader {
 public:
  explicit ListReader(std::vector<std::vector<std::string>> pairs) : pairs_(std::move(pairs)) {}
  bool next(Example& pair) override {
    if (at_ == pairs_.size()) return false;
    set_texts(pair, pairs_[at_], static_cast<std::int64_t>(at_));
    ++at_;
    return true;
  }
  std::vector<std::string> warnings() const override { return {"a warning of the reader"}; }

 private:
  std::vector<std::vector<std::string>> pairs_;
  std::size_t at_ = 0;
};

Tokenizers bytes() {
  return make_tokenizers({"source", "target"}, [] { return std::make_shared<ByteTokenizer>(); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(corpus)

BOOST_AUTO_TEST_CASE(leaves_out_and_counts) {
  ListReader reader({{"ab", "c"}, {"", "c"}, {"ab", ""}, {"abcd", "a"}, {"a", "abcd"}, {"abz", "zzc"}});
  CorpusReport report;
  const Corpus corpus = read_corpus(reader, bytes(), {.max_length = 3, .keep_empty = false}, report);
  BOOST_REQUIRE(corpus.size() == 2);
  BOOST_TEST(corpus[0].index == 0);
  BOOST_TEST(corpus[1].index == 5);
  const std::vector<std::int32_t> source = {4, 5, kUnk}, target = {kUnk, kUnk, 6};
  BOOST_TEST(std::vector<std::int32_t>(corpus[1].source.begin(), corpus[1].source.end()) == source);
  BOOST_TEST(std::vector<std::int32_t>(corpus[1].target.begin(), corpus[1].target.end()) == target);
  BOOST_TEST(report.read == 6);
  BOOST_TEST(report.kept == 2);
  BOOST_TEST(report.empty == 2);
  BOOST_TEST(report.too_long == 2);
  BOOST_TEST(report.source_tokens == 5);
  BOOST_TEST(report.target_unknown == 2);
  const std::vector<std::string> warnings = {
      "a warning of the reader", "[corpus]: 2 pairs with an empty side left out",
      "[corpus]: 2 pairs with more than 3 tokens on a side left out (max_length)"};
  BOOST_TEST(report.warnings == warnings, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(keeps_all_on_request) {
  ListReader reader({{"ab", "c"}, {"", "c"}, {"abcd", ""}});
  CorpusReport report;
  BOOST_TEST(read_corpus(reader, bytes(), {.max_length = 0, .keep_empty = true}, report).size() == 3);
  BOOST_TEST(report.empty == 0);
}

BOOST_AUTO_TEST_CASE(nothing_left_is_an_error) {
  CorpusReport report;
  ListReader reader({{"", "c"}, {"abcd", "a"}});
  check_error([&] { read_corpus(reader, bytes(), {.max_length = 3, .keep_empty = false}, report); }, "E_DATA_EMPTY",
              "[corpus]", "no pair is left of 2 read: 1 have an empty side, 1 are longer than 3 tokens");
}

BOOST_AUTO_TEST_SUITE_END()
