// chrF and chrF++ against the reference scorer (golden files) and by hand.
#include "strata/score/chrf.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>

#include "framework/score/golden.hpp"
#include "strata/core/error.hpp"

using strata::Chrf;
using strata::ChrfOptions;

namespace {

Chrf run(const golden::Lines& lines, const golden::Case& item) {
  ChrfOptions options;
  options.word_order = std::stoi(item.option("nw"));
  options.lowercase = item.option("lc") == "1";
  options.whitespace = item.option("space") == "1";
  options.eps_smoothing = item.option("eps") == "1";
  Chrf chrf(options);
  for (std::size_t i = item.first; i < item.first + item.count; ++i) {
    chrf.add(lines.hypotheses[i], lines.of(i, item.references));
  }
  return chrf;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chrf)

BOOST_AUTO_TEST_CASE(equals_the_reference_scorer) {
  const golden::Lines lines;
  double largest = 0;
  int scores = 0, signatures = 0;
  for (const auto& row : golden::rows("scores.tsv")) {
    const golden::Case item(row);
    if (item.metric == "chrf") {
      const double difference = std::abs(run(lines, item).score() - std::stod(item.expected));
      BOOST_TEST(difference <= 1e-9, item.setting << " line " << item.first << " differs by " << difference);
      largest = std::max(largest, difference);
      ++scores;
    } else if (item.metric == "chrf-signature" && item.references == 1) {
      BOOST_TEST(run(lines, item).signature() == item.expected + "|version:strata-0.1.0");
      ++signatures;
    }
  }
  BOOST_TEST_MESSAGE(scores << " chrF scores, largest difference " << largest << " (tolerance 1e-9)");
  BOOST_TEST(scores > 600);
  BOOST_TEST(signatures == 16);
}

// By hand, orders 1 and 2: "abc" and "abd" share 2 of 3 characters and 1 of 2 pairs; P = R = F = (2/3 + 1/2) / 2.
BOOST_AUTO_TEST_CASE(small_case_by_hand) {
  ChrfOptions options;
  options.char_order = 2;
  Chrf chrf(options);
  chrf.add("a bc", "ab d");
  BOOST_TEST(std::abs(chrf.score() - 100 * (2. / 3 + 1. / 2) / 2) < 1e-12);
  BOOST_TEST(chrf.name() == "chrF2");
  options.word_order = 2;
  BOOST_TEST(Chrf(options).name() == "chrF2++");
}

BOOST_AUTO_TEST_CASE(edges) {
  BOOST_TEST(Chrf().score() == 0);
  Chrf empty;
  empty.add("", "");
  BOOST_TEST(empty.score() == 0);
  BOOST_CHECK_THROW(empty.add("x", std::vector<std::string>{}), strata::Error);
  BOOST_CHECK_THROW(strata::corpus_chrf({"a"}, {{"a"}, {}}), strata::Error);
  Chrf half, other;
  half.add("abc", "abd");
  other.add("xyz", "xyw");
  Chrf both = half;
  both.add("xyz", "xyw");
  half.add_statistics(other.statistics());
  BOOST_TEST(half.score() == both.score());
}

BOOST_AUTO_TEST_SUITE_END()
