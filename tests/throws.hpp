// Checks that a call throws strata::Error with the code and place that a user is promised.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>

#include "strata/core/error.hpp"

namespace strata::test {

// Returns what was thrown; a test failure and an empty error when nothing was.
template <class Call>
Error thrown(Call&& call) {
  try {
    call();
  } catch (const Error& fault) {
    BOOST_TEST_MESSAGE(fault.what());
    return fault;
  }
  BOOST_ERROR("nothing was thrown");
  return Error("", "", "");
}

// `call` throws `code` at `place`, and its line holds `text`.
template <class Call>
void check_throws(Call&& call, const std::string& code, const std::string& place, const std::string& text = {}) {
  const Error fault = thrown(call);
  BOOST_TEST(fault.code() == code);
  BOOST_TEST(fault.place() == place);
  BOOST_TEST(std::string(fault.what()).find(text) != std::string::npos,
             "\"" << text << "\" is not in " << fault.what());
}

}  // namespace strata::test
