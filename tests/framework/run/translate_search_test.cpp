// What a translator may be told of single lines, and which of many samples it writes.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <set>
#include <sstream>

#include "framework/data/folder.hpp"
#include "framework/run/mirror.hpp"
#include "strata/run/translate_run.hpp"
#include "strata/score/chrf.hpp"
#include "throws.hpp"

namespace {

using namespace strata;
using namespace strata::test;

// Few letters, so that samples have something in common.
std::vector<float> chatter(const Ids& source, const Ids& prefix) {
  std::vector<float> logits(kVocabulary, -9);
  const auto some = random_table(17, kVocabulary, 5)(source, prefix);
  for (const std::int32_t id : {kEnd, kSpecials, kSpecials + 1, kSpecials + 2, kSpecials + 3}) {
    logits[static_cast<std::size_t>(id)] = some[static_cast<std::size_t>(id)];
  }
  return logits;
}

double chrf_of(const std::string& text, const std::string& other) {
  Chrf chrf;
  chrf.add(text, other);
  return chrf.score();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(translate_search)

BOOST_AUTO_TEST_CASE(the_sample_that_is_most_like_the_others_is_written) {
  constexpr std::int64_t kSamples = 12;
  const std::vector<std::string> lines = {"a b", "c", "d d a", "b"};
  TranslateOptions options;
  options.decode.search = Search::sample;
  options.decode.n_best = kSamples;
  Mirror model(chatter);
  const auto samples = Translator(model, letters(), options).translate(lines);
  options.decode.n_best = 1;
  options.mbr_samples = kSamples;
  const auto chosen = Translator(model, letters(), options).translate(lines);
  int first = 0;
  for (std::size_t line = 0; line < lines.size(); ++line) {
    const auto& drawn = samples[line];
    BOOST_REQUIRE_EQUAL(drawn.size(), static_cast<std::size_t>(kSamples));
    double best = -1;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      double total = 0;
      for (std::size_t j = 0; j < drawn.size(); ++j) total += i == j ? 0 : chrf_of(drawn[i].text, drawn[j].text);
      best = std::max(best, total / (kSamples - 1));
    }
    BOOST_REQUIRE_EQUAL(chosen[line].size(), 1U);
    BOOST_TEST_MESSAGE("'" << chosen[line][0].text << "': " << chosen[line][0].score << ", best " << best);
    BOOST_TEST(std::abs(chosen[line][0].score - best) < 1e-9);
    first += chosen[line][0].text == drawn[0].text ? 1 : 0;
  }
  BOOST_TEST(first < 4);  // the likeliest sample is not always it
}

BOOST_AUTO_TEST_CASE(phrases_and_prefixes_come_line_by_line) {
  const strata_test::Folder folder;
  TranslateOptions options;
  options.constraints = folder.write("phrases", "x y\tz\n\n\tq\n");
  options.prefix = folder.write("prefixes", "\nb b\n\n");
  options.batch_size = 2;
  Mirror model;
  const auto found = Translator(model, letters(), options).translate(std::vector<std::string>{"a b c", "d", "e f"});
  const std::string first = " " + found[0][0].text + " ";
  BOOST_TEST(first.find(" x y ") != std::string::npos, first);
  BOOST_TEST(first.find(" z ") != std::string::npos, first);
  BOOST_TEST(found[1][0].text.rfind("b b", 0) == 0U, found[1][0].text);
  BOOST_TEST((" " + found[2][0].text + " ").find(" q ") != std::string::npos, found[2][0].text);
  check_throws(
      [&] {
        Translator(model, letters(), options).translate(std::vector<std::string>{"a", "b", "c", "d"});
      },
      "E_DATA_UNEQUAL", folder.path("prefixes"), "has 3 lines, the source has a line 4");
}

BOOST_AUTO_TEST_CASE(an_empty_line_has_its_prefix_and_its_phrases) {
  const strata_test::Folder folder;
  Mirror model;
  TranslateOptions options;
  options.prefix = folder.write("prefixes", "x y\n\nz\n");
  const auto begun = Translator(model, letters(), options).translate(std::vector<std::string>{"", "", "a b"});
  BOOST_TEST(begun[0][0].text == "x y");
  BOOST_TEST(begun[1][0].text.empty());
  BOOST_TEST(begun[2][0].text.rfind('z', 0) == 0U, begun[2][0].text);
  options.prefix.clear();
  options.constraints = folder.write("phrases", "x y\n\n");
  const auto asked = Translator(model, letters(), options).translate(std::vector<std::string>{"", ""});
  BOOST_TEST((" " + asked[0][0].text + " ").find(" x y ") != std::string::npos, asked[0][0].text);
  BOOST_TEST(asked[1][0].text.empty());
}

// Source "a", "b", "c", "d" with the files of prefixes and phrases: the answers before what is wrong, then the error.
BOOST_AUTO_TEST_CASE(what_stands_before_a_bad_line_of_another_file_is_answered) {
  const strata_test::Folder folder;
  struct Case {
    std::string prefixes, phrases;
    std::size_t answered;
    std::string code, place, words;
  };
  const std::string prefixes = folder.path("prefixes"), phrases = folder.path("phrases");
  const std::string many = "a a a a a a a a a a a a a a a a a a a a a a a a a";
  const std::string kBothTwice = "q q\tq q\tq q\tq q\tq q\tq q\tq q\tq q\tq q\tq q\tq q";
  const std::vector<Case> cases = {
      {"a\nb\n" + many + "\nd\n", "\n\n\n\n", 2, "E_DATA_CONSTRAINT", "sentence 3", "25 tokens are asked for"},
      {"a\nb\nc\nq\xFF\n", "\n\n\n\n", 3, "E_DATA_UTF8", prefixes + ":4", "not valid UTF-8"},
      {"a\nword\nc\nd\n", "\n\n\n\n", 1, "E_DATA_CONSTRAINT", "sentence 2", "not in the vocabulary"},
      {"a\nb\n", "\n\n\n\n", 2, "E_DATA_UNEQUAL", prefixes, "has 2 lines, the source has a line 3"},
      {"\n\n\n\n", "a\nb\nc", 3, "E_DATA_UNEQUAL", phrases, "has 3 lines, the source has a line 4"},
      {"a\nb\nc\nd\n\n", "\n\n\n\n", 4, "E_DATA_UNEQUAL", prefixes, "has 5 lines, the source has 4"},
      {"\n\n\n\n", "\n\n\n\nx\ny\nz", 4, "E_DATA_UNEQUAL", phrases, "has 7 lines, the source has 4"},
      {"\n\n\n\n", "\n\n" + kBothTwice + "\n\n", 2, "E_DATA_CONSTRAINT", "sentence 3", "22 tokens are asked for"},
      {"\n\n\n\n", "", 0, "E_DATA_UNEQUAL", phrases, "has 0 lines, the source has a line 1"},
  };
  for (const Case& one : cases) {
    for (const std::int64_t chunk : {1, 2, 100}) {
      TranslateOptions options;
      options.prefix = folder.write("prefixes", one.prefixes);
      options.constraints = folder.write("phrases", one.phrases);
      options.chunk = chunk;
      Mirror model;
      Translator translator(model, letters(), options);
      std::istringstream in("a\nb\nc\nd\n");
      LineReader reader(in, "in.txt");
      std::size_t answered = 0;
      check_throws(
          [&] {
            translator.translate(reader, [&](std::int64_t number, const std::vector<Translation>&) {
              BOOST_TEST(number == static_cast<std::int64_t>(answered));
              ++answered;
            });
          },
          one.code, one.place, one.words);
      BOOST_TEST(answered == one.answered, one.words << ": " << answered << " lines, expected " << one.answered);
    }
  }
}

// A phrase that the search cannot place is found out after it.
BOOST_AUTO_TEST_CASE(what_stands_before_a_phrase_that_is_not_met_is_answered) {
  const auto stubborn = [](const Ids& source, const Ids& prefix) {  // from "b" no phrase but the first begins
    std::vector<float> logits = mirror(source, prefix);
    if (source == Ids{kSpecials + 1}) logits[kSpecials + 23] = -INFINITY;  // x
    return logits;
  };
  const strata_test::Folder folder;
  TranslateOptions options;
  options.constraints = folder.write("phrases", "x\nx\nx\n");
  Mirror model(stubborn);
  Translator translator(model, letters(), options);
  std::istringstream in("a\nb\nc\n");
  LineReader reader(in, "in.txt");
  int answered = 0;
  check_throws(
      [&] { translator.translate(reader, [&](std::int64_t, const std::vector<Translation>&) { ++answered; }); },
      "E_DATA_CONSTRAINT", "sentence 2", "no output of the longest length has all phrases");
  BOOST_TEST(answered == 1);
}

// Two letters to a token, written as "ab@@" where the word goes on; the vocabulary has every pair and every letter.
class Pairs final : public Tokenizer {
 public:
  Pairs() {
    for (const char* piece : {"m", "ma", "man", "mann", "ein", "eis", "e@@", "in", "m@@", "an", "n", "man@@", "a", "x"})
      words_.add(piece);
  }
  bool joint() const override { return true; }
  void train(const LineSource&) override {}
  const Vocabulary& vocabulary() const override { return words_; }
  std::vector<std::int32_t> encode(std::string_view text) const override {
    std::istringstream in{std::string(text)};
    std::vector<std::int32_t> ids;
    for (std::string word; in >> word;) ids.push_back(words_.encode(word));
    return ids;
  }
  std::string decode(const std::vector<std::int32_t>& ids) const override {
    std::string out;
    bool ended = false;
    for (const std::int32_t id : ids) {
      if (ended) out += ' ';
      const std::string& piece = words_.token(id);
      ended = !piece.ends_with("@@");
      out += ended ? piece : piece.substr(0, piece.size() - 2);
    }
    return out;
  }
  bool joins(std::int32_t left, std::int32_t) const override { return words_.token(left).ends_with("@@"); }
  std::vector<std::string> save(const std::string&, const std::string&) const override { return {}; }
  void load(const std::string&, const std::string&) override {}

 private:
  Vocabulary words_;
};

// The best output of a table whose text begins with "ein man", found among all; and never "ein ma n" or "ein m an".
BOOST_AUTO_TEST_CASE(the_last_word_of_a_prefix_may_go_on) {
  const strata_test::Folder folder;
  const auto pairs = std::make_shared<Pairs>();
  const Tokenizers both{{"source", pairs}, {"target", pairs}};
  const std::int64_t words = pairs->size();
  TranslateOptions options;
  options.prefix = folder.write("prefixes", "ein man\n");
  options.decode.beam_size = 400;
  options.decode.max_length_ratio = 0;
  options.decode.max_length = 4;
  std::set<std::string> seen;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Table table = random_table(seed, words, 12);
    Mirror model(table, words);
    options.prefix_goes_on = true;
    const Translation found = Translator(model, both, options).translate(std::vector<std::string>{"x"})[0][0];
    double best = -INFINITY;
    std::string expected;
    const std::int64_t source = pairs->encode("x")[0];
    std::function<void(Ids, double)> walk = [&](const Ids& prefix, double so_far) {
      const std::string text = pairs->decode({prefix.begin(), prefix.end()});
      const auto p = log_softmax_of(table({source}, prefix));
      const bool starts = prefix.empty() || prefix[0] == pairs->vocabulary().find("ein");
      if (!starts) return;  // the words before the last one are those that were given
      const auto length = static_cast<std::int64_t>(prefix.size());
      const auto take = [&](double total, std::int64_t tokens) {
        const double score = options.decode.normalised(total, tokens);
        if (!text.starts_with("ein man") || score <= best) return;
        best = score;
        expected = text;
      };
      if (length == 4) return take(so_far, 4);
      take(so_far + p[kEnd], length + 1);
      for (std::int64_t v = kSpecials; v < words; ++v) {
        Ids next = prefix;
        next.push_back(v);
        walk(next, so_far + p[static_cast<std::size_t>(v)]);
      }
    };
    walk({}, 0);
    BOOST_TEST(found.text == expected);
    BOOST_TEST(std::abs(found.score - best) < 1e-5);
    seen.insert(found.text);
    options.prefix_goes_on = false;
    const auto closed = Translator(model, both, options).translate(std::vector<std::string>{"x"})[0][0].text;
    BOOST_TEST((closed + " ").starts_with("ein man "), closed);
  }
  BOOST_TEST_MESSAGE(seen.size() << " outputs, one of them '" << *seen.begin() << "'");
  BOOST_TEST(seen.size() > 5U);
}

BOOST_AUTO_TEST_CASE(a_prefix_that_cannot_go_on_is_refused) {
  const strata_test::Folder folder;
  const auto pairs = std::make_shared<Pairs>();
  const Tokenizers both{{"source", pairs}, {"target", pairs}};
  Mirror model(random_table(3, pairs->size()), pairs->size());
  TranslateOptions options;
  options.prefix_goes_on = true;
  check_throws([&] { Translator(model, both, options); }, "E_CONFIG_RANGE", "prefix_goes_on", "no prefix");
  options.prefix = folder.write("prefixes", "ein ball\n");
  check_throws([&] { Translator(model, both, options).translate(std::vector<std::string>{"x"}); }, "E_DATA_CONSTRAINT",
               "sentence 1", "no word of the vocabulary begins with 'ball'");
  // A space ends the word, as does the end of an empty prefix.
  options.prefix = folder.write("prefixes", "ein man \n\n");
  const auto out = Translator(model, both, options).translate(std::vector<std::string>{"x", ""});
  BOOST_TEST((out[0][0].text + " ").starts_with("ein man "), out[0][0].text);
  BOOST_TEST(out[1][0].text.empty());
}

// The weights of tokens m@@ an | ein, and of m@@ an | </s>, by words.
BOOST_AUTO_TEST_CASE(alignments_of_words) {
  const auto pairs = std::make_shared<Pairs>();
  const Tokenizers both{{"source", pairs}, {"target", pairs}};
  const auto id = [&](const char* piece) { return pairs->vocabulary().find(piece); };
  const Table says = [&](const Ids&, const Ids& prefix) {
    std::vector<float> logits(static_cast<std::size_t>(pairs->size()), 0);
    const std::vector<std::int32_t> text = {id("m@@"), id("an"), id("ein"), kEnd};
    logits[static_cast<std::size_t>(text[std::min<std::size_t>(prefix.size(), 3)])] = 20;
    return logits;
  };
  Mirror model(says, pairs->size());
  const ContextScope scope;
  context().capture_weights = true;
  const Translation found = Translator(model, both, {}).translate(std::vector<std::string>{"man@@ n x"})[0][0];
  BOOST_TEST(found.alignment.source == (std::vector<std::string>{"man@@", "n", "x", "</s>"}),
             boost::test_tools::per_element());
  BOOST_TEST(found.alignment.target == (std::vector<std::string>{"m@@", "an", "ein", "</s>"}),
             boost::test_tools::per_element());
  BOOST_TEST(found.words.source == (std::vector<std::string>{"mann", "x", "</s>"}), boost::test_tools::per_element());
  BOOST_TEST(found.words.target == (std::vector<std::string>{"man", "ein", "</s>"}), boost::test_tools::per_element());
  const auto of = [&](std::size_t t, std::size_t s) { return found.alignment.at(t, s); };
  const std::vector<float> expected = {(of(0, 0) + of(0, 1) + of(1, 0) + of(1, 1)) / 2,
                                       (of(0, 2) + of(1, 2)) / 2,
                                       (of(0, 3) + of(1, 3)) / 2,
                                       of(2, 0) + of(2, 1),
                                       of(2, 2),
                                       of(2, 3),
                                       of(3, 0) + of(3, 1),
                                       of(3, 2),
                                       of(3, 3)};
  BOOST_REQUIRE_EQUAL(found.words.weights.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) BOOST_TEST(std::abs(found.words.weights[i] - expected[i]) < 1e-6F);
}

BOOST_AUTO_TEST_CASE(samples_that_cannot_be_compared_are_refused) {
  Mirror model;
  TranslateOptions options;
  options.mbr_samples = 4;
  check_throws([&] { Translator(model, letters(), options); }, "E_CONFIG_RANGE", "mbr_samples", "beam search");
  options.decode.search = Search::sample;
  options.decode.n_best = 5;
  check_throws([&] { Translator(model, letters(), options); }, "E_CONFIG_RANGE", "mbr_samples", "at least n_best");
}

BOOST_AUTO_TEST_SUITE_END()
