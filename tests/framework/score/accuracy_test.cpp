// Exact match and token accuracy, by hand.
#include "strata/score/accuracy.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(accuracy)

BOOST_AUTO_TEST_CASE(by_hand) {
  BOOST_TEST(strata::exact_match("a  b ", "a b").hits == 1);
  BOOST_TEST(strata::exact_match("a B", "a b").hits == 0);
  BOOST_TEST(strata::exact_match("", "").hits == 1);
  const strata::Hits hits = strata::token_accuracy("a x c d", "a b c");
  BOOST_TEST(hits.hits == 2);
  BOOST_TEST(hits.cases == 4);
  BOOST_TEST(hits.percent() == 50.0);
  BOOST_TEST(strata::Hits{}.percent() == 0.0);
}

BOOST_AUTO_TEST_SUITE_END()
