// What a translator may be told of single lines, and which of many samples it writes.
#include <algorithm>
#include <boost/test/unit_test.hpp>

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
      "E_DATA_UNEQUAL", folder.path("prefixes"), "3 lines, and the source has a line 4");
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
