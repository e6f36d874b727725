// UTF-8: well-formed and ill-formed sequences of Unicode 15, tables 3-7 to 3-11.
#include "strata/core/utf8.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_AUTO_TEST_CASE(lengths_at_the_edges_of_each_class) {
  BOOST_TEST(strata::utf8_length("\x7f") == 1U);
  BOOST_TEST(strata::utf8_length("\xc2\x80") == 2U);
  BOOST_TEST(strata::utf8_length("\xe0\xa0\x80") == 3U);
  BOOST_TEST(strata::utf8_length("\xed\x9f\xbf") == 3U);
  BOOST_TEST(strata::utf8_length("\xf0\x90\x80\x80") == 4U);
  BOOST_TEST(strata::utf8_length("\xf4\x8f\xbf\xbf") == 4U);
  BOOST_TEST(strata::utf8_length("") == 0U);
  BOOST_TEST(strata::utf8_length("a", 1) == 0U);
}

BOOST_AUTO_TEST_CASE(faults_are_found_where_they_are) {
  for (const std::string bad : {"\xc0\x80", "\xe0\x9f\x80", "\xed\xa0\x80", "\xf0\x8f\x80\x80", "\xf4\x90\x80\x80",
                                "\xf5\x80\x80\x80", "\x80", "\xe2\x82", "\xff"}) {
    BOOST_TEST(strata::utf8_fault("gr\xc3\xbc" + bad) == 4U);
  }
  BOOST_TEST(strata::utf8_fault("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80") == std::string::npos);
  BOOST_TEST(strata::utf8_fault(std::string_view("\0", 1)) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
