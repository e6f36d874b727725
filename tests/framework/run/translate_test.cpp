// Translator: every line comes back in its place, whatever the batches; long, empty and bad lines.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <sstream>

#include "framework/run/mirror.hpp"
#include "strata/core/json.hpp"
#include "strata/run/translate_run.hpp"
#include "throws.hpp"

namespace {

using namespace strata;
using namespace strata::test;

struct Line {
  std::int64_t number;
  std::string text;
};

std::vector<Line> run(Translator& translator, const std::string& text) {
  std::istringstream in(text);
  LineReader reader(in, "in.txt");
  std::vector<Line> out;
  translator.translate(reader, [&](std::int64_t number, const std::vector<Translation>& best) {
    BOOST_REQUIRE(!best.empty());
    out.push_back({number, best[0].text});
  });
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(translate_test)

BOOST_AUTO_TEST_CASE(lines_keep_their_order_and_count) {
  Mirror model;
  const std::string text = "a b c\n\nd\r\n   \nx y z w v u t\ne f\nlast line has q";
  const std::vector<std::string> expected{"c b a", "", "d", "", "t u v w z y x", "f e", "q <unk> <unk> <unk>"};
  for (const std::int64_t chunk : {1, 2, 3, 100}) {
    for (const std::int64_t batch : {1, 2, 64}) {
      TranslateOptions options;
      options.chunk = chunk;
      options.batch_size = batch;
      options.batch_tokens = batch == 2 ? 9 : 8192;
      options.decode.allow_unknown = true;
      Translator translator(model, letters(), options);
      const auto out = run(translator, text);
      BOOST_REQUIRE_EQUAL(out.size(), expected.size());
      for (std::size_t i = 0; i < out.size(); ++i) {
        BOOST_TEST(out[i].number == static_cast<std::int64_t>(i));
        BOOST_TEST(out[i].text == expected[i]);
      }
      BOOST_TEST(translator.report().lines == 7);
      BOOST_TEST(translator.report().empty == 2);
      BOOST_TEST(translator.report().source_tokens == 17);
      BOOST_TEST(translator.warnings().empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_long_line_is_an_error_after_what_stands_before_it) {
  Mirror model;
  TranslateOptions options;
  options.max_source_length = 3;
  Translator translator(model, letters(), options);
  std::istringstream in("a b\nc\na b c d\ne\n");
  LineReader reader(in, "in.txt");
  std::vector<std::string> out;
  check_throws(
      [&] {
        translator.translate(reader,
                             [&](std::int64_t, const std::vector<Translation>& best) { out.push_back(best[0].text); });
      },
      "E_DATA_LONG", "in.txt:3", "4 tokens (allowed: 3)");
  BOOST_TEST(out == (std::vector<std::string>{"b a", "c"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_bad_line_is_an_error_after_what_stands_before_it) {
  Mirror model;
  Translator translator(model, letters(), {});
  std::istringstream in("a b\nc\xFF\n");
  LineReader reader(in, "in.txt");
  int out = 0;
  check_throws([&] { translator.translate(reader, [&](std::int64_t, const std::vector<Translation>&) { ++out; }); },
               "E_DATA_UTF8", "in.txt:2");
  BOOST_TEST(out == 1);
}

BOOST_AUTO_TEST_CASE(long_lines_can_be_cut_and_are_counted) {
  Mirror model;
  TranslateOptions options;
  options.max_source_length = 3;
  options.long_lines = LongLines::cut;
  Translator translator(model, letters(), options);
  BOOST_TEST(run(translator, "a b c d e\nf g\n")[0].text == "c b a");
  BOOST_REQUIRE_EQUAL(translator.warnings().size(), 1);
  BOOST_TEST(translator.warnings()[0] == "1 of 2 lines were cut at 3 tokens (max_source_length)");
}

BOOST_AUTO_TEST_CASE(outputs_cut_at_the_longest_length_are_counted) {
  Mirror model;
  TranslateOptions options;
  options.decode.max_length_ratio = 0;
  options.decode.max_length = 2;
  Translator translator(model, letters(), options);
  BOOST_TEST(run(translator, "a b c d\na\n")[0].text == "d c");
  BOOST_REQUIRE_EQUAL(translator.warnings().size(), 1);
  BOOST_TEST(translator.warnings()[0] ==
             "1 of 2 outputs were cut at the longest length (max_length_ratio, max_length)");
}

BOOST_AUTO_TEST_CASE(n_best_in_the_form_of_moses) {
  Mirror model;
  TranslateOptions options;
  options.decode.n_best = 2;
  Translator translator(model, letters(), options);
  const auto best = translator.translate(std::vector<std::string>{"a b", ""});
  BOOST_REQUIRE_EQUAL(best[0].size(), 2);
  // p(best) = e^9 / (e^9 + 29) at each of three steps
  BOOST_TEST(moses_n_best(4, {best[0][0]}) == "4 ||| b a ||| logp= -0.0107 ||| -0.0036\n");
  BOOST_TEST(best[0][1].score < best[0][0].score);
  BOOST_TEST(moses_n_best(5, best[1]) == "5 |||  ||| logp= 0.0000 ||| 0.0000\n");
}

BOOST_AUTO_TEST_CASE(an_output_that_was_cut_says_so) {
  Mirror model;
  TranslateOptions options;
  options.decode.max_length_ratio = 0;
  options.decode.max_length = 2;
  const auto best = Translator(model, letters(), options).translate(std::vector<std::string>{"a b c", "a", ""});
  BOOST_TEST(moses_n_best(0, best[0]) == "0 ||| c b ||| logp= -0.0071 cut= 1 ||| -0.0036\n");
  BOOST_TEST(moses_n_best(1, best[1]) == "1 ||| a ||| logp= -0.0071 ||| -0.0036\n");
  const auto read = [](const std::vector<Translation>& n_best) {
    const std::string line = translation_json(n_best);
    BOOST_TEST(line.find('\n') == std::string::npos);
    const Config object = parse_json(line, "line");
    BOOST_REQUIRE_EQUAL(object.at("outputs").items().size(), n_best.size());
    const Config& one = object.at("outputs").items()[0];
    BOOST_TEST(one.at("text").string() == n_best[0].text);
    BOOST_TEST(one.at("log_probability").real() == n_best[0].log_probability);
    BOOST_TEST(one.at("score").real() == n_best[0].score);
    return one.at("finished").boolean();
  };
  BOOST_TEST(!read(best[0]));
  BOOST_TEST(read(best[1]));
  BOOST_TEST(read(best[2]));
  Translation never = best[1][0];
  never.log_probability = -INFINITY;
  BOOST_TEST(parse_json(translation_json({never}), "line").at("outputs").items()[0].at("log_probability").is_null());
}

BOOST_AUTO_TEST_CASE(samples_do_not_depend_on_chunks_and_batches) {
  Mirror model(random_table(31, kVocabulary, 6));
  std::string text;
  for (int i = 0; i < 23; ++i) text += std::string(i % 5 == 0 ? "a b c\n" : "d e\n") + (i % 7 == 0 ? "\n" : "");
  std::vector<std::string> first;
  for (const std::int64_t chunk : {1, 5, 1000}) {
    TranslateOptions options;
    options.decode.search = Search::sample;
    options.chunk = chunk;
    options.batch_size = chunk + 2;
    Translator translator(model, letters(), options);
    std::vector<std::string> texts;
    for (const Line& line : run(translator, text)) texts.push_back(line.text);
    if (first.empty()) first = texts;
    BOOST_TEST(texts == first, boost::test_tools::per_element());
  }
  BOOST_TEST(first.size() == 27);
}

BOOST_AUTO_TEST_CASE(alignments_have_the_tokens_of_both_sides) {
  Mirror model;
  const ContextScope scope;
  context().capture_weights = true;
  Translator translator(model, letters(), {});
  const Alignment found = translator.translate(std::vector<std::string>{"a b c", "q"})[0][0].alignment;
  BOOST_TEST(found.source == (std::vector<std::string>{"a", "b", "c", "</s>"}), boost::test_tools::per_element());
  BOOST_TEST(found.target == (std::vector<std::string>{"c", "b", "a", "</s>"}), boost::test_tools::per_element());
  const auto row = table_weights({4, 5, 6}, {6, 5}, 4);
  for (std::size_t s = 0; s < 4; ++s) BOOST_TEST(found.at(2, s) == row[s]);
  const Alignment words = without_end(found);
  BOOST_TEST(words.source.size() == 3);
  BOOST_TEST(words.weights.size() == 9);
  BOOST_TEST(words.at(2, 1) == found.at(2, 1));
}

BOOST_AUTO_TEST_CASE(a_model_that_writes_nothing_is_refused) {
  Silent model;
  check_throws([&] { Translator(model, letters(), {}); }, "E_MODEL_CAPABILITY", "translate", "Generator");
}

BOOST_AUTO_TEST_CASE(what_validation_translates_with) {
  Mirror model;
  TranslateOptions options;
  options.max_source_length = 2;
  const TranslateLines translate = make_translate(options)(model, letters());
  BOOST_TEST(translate({"a b", "", "c d e"}) == (std::vector<std::string>{"b a", "", "d c"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
