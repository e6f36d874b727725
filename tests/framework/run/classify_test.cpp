// LineClassifier: the labels of every line in its place, whatever the batches; probabilities by hand; bad lines; and
// what the other verbs make of a model that classifies.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <sstream>

#include "framework/run/letters.hpp"
#include "strata/run/classify_run.hpp"
#include "strata/run/translate_run.hpp"
#include "throws.hpp"

namespace {

using namespace strata;
using namespace strata::test;

// A class scores as often as its letter stands in the source. The specials score most, and must never be chosen.
class Counting final : public Silent, public Classifier {
 public:
  Tensor classify(const TensorBatch& batch) override {
    const auto rows = batch["source"].size(0), time = batch["source"].size(1);
    const std::vector<std::int64_t> ids = batch["source"].to_integers();
    std::vector<float> logits(static_cast<std::size_t>(rows * kVocabulary), 0);
    for (std::int64_t b = 0; b < rows; ++b) {
      float* row = logits.data() + b * kVocabulary;
      std::fill(row, row + kSpecials, 100.0F);
      for (std::int64_t t = 0; t < time; ++t) {
        const std::int64_t id = ids[static_cast<std::size_t>(b * time + t)];
        if (id >= kSpecials) row[id] += 1;
      }
    }
    most_rows = std::max(most_rows, rows);
    return Tensor::from(logits, {rows, kVocabulary});
  }
  std::int64_t most_rows = 0;
};

using Labels = std::vector<Label>;

std::vector<Labels> run(LineClassifier& classifier, const std::string& text) {
  std::istringstream in(text);
  LineReader reader(in, "in.txt");
  std::vector<Labels> out;
  classifier.classify(reader, [&](const Labels& labels) { out.push_back(labels); });
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(classify_test)

BOOST_AUTO_TEST_CASE(lines_keep_their_order_and_count) {
  const std::string text = "b a b\n\nd\r\n   \nx y z w v u t z z\ne f f\nq q 9";
  const std::vector<std::string> expected{"b", "", "d", "", "z", "f", "q"};
  for (const std::int64_t chunk : {1, 2, 3, 100}) {
    for (const std::int64_t batch : {1, 2, 64}) {
      Counting model;
      ClassifyOptions options;
      options.chunk = chunk;
      options.batch_size = batch;
      options.batch_tokens = batch == 2 ? 9 : 8192;
      LineClassifier classifier(model, letters(), options);
      const std::vector<Labels> out = run(classifier, text);
      BOOST_REQUIRE_EQUAL(out.size(), expected.size());
      for (std::size_t i = 0; i < out.size(); ++i) {
        BOOST_REQUIRE_EQUAL(out[i].size(), expected[i].empty() ? 0 : 1);
        if (!out[i].empty()) BOOST_TEST(out[i][0].text == expected[i]);
      }
      BOOST_TEST(model.most_rows <= batch);
      BOOST_TEST(classifier.report().lines == 7);
      BOOST_TEST(classifier.report().empty == 2);
      BOOST_TEST(classifier.report().source_tokens == 19);
      BOOST_TEST(classifier.warnings().empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(probabilities_are_over_the_classes_alone) {
  Counting model;
  ClassifyOptions options;
  options.top = 3;
  LineClassifier classifier(model, letters(), options);
  const auto out = classifier.classify(std::vector<std::string>{"c a c b a c", "", "c"});
  // 23 letters that do not occur score 0
  const double total = std::exp(3) + std::exp(2) + std::exp(1) + 23;
  BOOST_REQUIRE_EQUAL(out[0].size(), 3);
  BOOST_TEST(out[0][0].text == "c");
  BOOST_TEST(out[0][1].text == "a");
  BOOST_TEST(out[0][2].text == "b");
  for (std::size_t i = 0; i < 3; ++i) {
    const double expected = std::exp(3.0 - static_cast<double>(i)) / total;
    BOOST_TEST_MESSAGE(out[0][i].probability << " for " << expected << ", tolerance 1e-6");
    BOOST_TEST(std::abs(out[0][i].probability - expected) < 1e-6);
  }
  BOOST_TEST(out[1].empty());
  BOOST_REQUIRE_EQUAL(out[2].size(), 3);
  BOOST_TEST(out[2][1].text == "a");  // equals in the order of the vocabulary
  BOOST_TEST(out[2][2].text == "b");
  options.top = 1000;
  BOOST_TEST(LineClassifier(model, letters(), options).classify(std::vector<std::string>{"a"})[0].size() == 26);
}

BOOST_AUTO_TEST_CASE(a_line_of_labels) {
  BOOST_TEST(tab_separated({}) == "");
  BOOST_TEST(tab_separated({{"place", 1}}) == "place\t1");
  BOOST_TEST(tab_separated({{"place", 0.98123449}, {"time", 0.0141}, {"x", 1.23456789e-7}}) ==
             "place\t0.981234\ttime\t0.0141\tx\t1.23457e-07");
}

BOOST_AUTO_TEST_CASE(a_bad_line_is_an_error_after_what_stands_before_it) {
  Counting model;
  ClassifyOptions options;
  options.max_source_length = 3;
  for (const auto& [bad, code, text] : {std::array<std::string, 3>{"a b c d\n", "E_DATA_LONG", "4 tokens (allowed: 3)"},
                                        std::array<std::string, 3>{"c\xFF\n", "E_DATA_UTF8", "byte 2"}}) {
    LineClassifier classifier(model, letters(), options);
    std::istringstream in("a b b\nc\n" + bad + "e\n");
    LineReader reader(in, "in.txt");
    std::vector<std::string> out;
    check_throws([&] { classifier.classify(reader, [&](const Labels& labels) { out.push_back(labels[0].text); }); },
                 code, "in.txt:3", text);
    BOOST_TEST(out == (std::vector<std::string>{"b", "c"}), boost::test_tools::per_element());
  }
  options.long_lines = LongLines::cut;
  LineClassifier classifier(model, letters(), options);
  BOOST_TEST(run(classifier, "a b b a a\nc\n")[0][0].text == "b");
  BOOST_REQUIRE_EQUAL(classifier.warnings().size(), 1);
  BOOST_TEST(classifier.warnings()[0] == "1 of 2 lines were cut at 3 tokens (max_source_length)");
}

BOOST_AUTO_TEST_CASE(a_model_without_the_capability_is_refused_and_the_other_verb_named) {
  Silent silent;
  check_throws([&] { LineClassifier(silent, letters(), {}); }, "E_MODEL_CAPABILITY", "classify", "is no Classifier");
  Counting model;
  check_throws([&] { Translator(model, letters(), {}); }, "E_MODEL_CAPABILITY", "translate",
               "the model is no Generator (it is: Classifier) (`strata classify` labels lines with it)");
}

BOOST_AUTO_TEST_CASE(what_validation_writes_are_the_labels) {
  Counting model;
  const TranslateLines write = make_translate({})(model, letters());
  BOOST_REQUIRE(write != nullptr);
  BOOST_TEST(write({"b a b", "", "c"}) == (std::vector<std::string>{"b", "", "c"}), boost::test_tools::per_element());
  Silent silent;
  BOOST_TEST((make_translate({})(silent, letters()) == nullptr));
}

BOOST_AUTO_TEST_SUITE_END()
