// Error: one line whatever the outside text holds, exit code by family.
#include "strata/core/error.hpp"

#include <boost/test/unit_test.hpp>

using strata::Error;
using strata::Exit;

BOOST_AUTO_TEST_SUITE(error)

BOOST_AUTO_TEST_CASE(says_code_place_message_hint_on_one_line) {
  const Error fault("E_CONFIG_RANGE", "recipe.json:/train/lr", "inf is not finite", "allowed: 0 < lr <= 10");
  BOOST_TEST(std::string(fault.what()) ==
             "error[E_CONFIG_RANGE] recipe.json:/train/lr: inf is not finite (allowed: 0 < lr <= 10)");
}

BOOST_AUTO_TEST_CASE(family_decides_the_exit_code) {
  BOOST_TEST(static_cast<int>(Error("E_DATA_UNEQUAL", "", "").exit()) == 4);
  BOOST_TEST(static_cast<int>(Error("E_CHECKPOINT_DAMAGED", "", "").exit()) == 5);
  BOOST_TEST(static_cast<int>(Error("E_SHAPE", "", "").exit()) == 70);
  BOOST_TEST(static_cast<int>(Error("E_STOPPED", "", "").exit()) == 75);
}

BOOST_AUTO_TEST_CASE(outside_text_is_escaped_and_cut) {
  BOOST_TEST(strata::printable("a\nb\x1b[31m\xff\xc2\x9b") == "a\\x0ab\\x1b[31m\\xff\\xc2\\x9b");
  BOOST_TEST(strata::printable("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
  BOOST_TEST(strata::printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // a lone surrogate
  BOOST_TEST(strata::printable(std::string(500, 'x')).size() == 203U);
}

BOOST_AUTO_TEST_SUITE_END()
