// A call of a component's function: what it returns and throws comes through when no plugin brought the component.
#include "strata/core/plugin_call.hpp"

#include <boost/test/unit_test.hpp>
#include <new>
#include <stdexcept>
#include <string>

#include "strata/core/error.hpp"
#include "throws.hpp"

using strata::in_plugin;

namespace {

struct Own {
  virtual ~Own() = default;
  int value = 3;
};

int twice(const int& x) { return 2 * x; }
int refuse(const int&) { throw 7; }

}  // namespace

BOOST_AUTO_TEST_SUITE(call)

BOOST_AUTO_TEST_CASE(results_come_through) {
  Own own;
  BOOST_TEST(in_plugin("value()", own, [&] { return own.value + 1; }) == 4);
  int& same = in_plugin("value()", own, [&]() -> int& { return own.value; });
  BOOST_TEST(&same == &own.value);
  in_plugin("nothing()", own, [&] { own.value = 5; });
  BOOST_TEST(own.value == 5);
  BOOST_TEST(strata::call_plugin("twice()", twice, 4) == 8);
}

BOOST_AUTO_TEST_CASE(exceptions_of_this_program_stay_what_they_are) {
  const Own own;
  strata::test::check_throws([&] { in_plugin("f()", own, [] { throw strata::Error("E_DATA_X", "here", "said"); }); },
                             "E_DATA_X", "here", "said");
  BOOST_CHECK_THROW(in_plugin("f()", own, [] { throw std::bad_alloc(); }), std::bad_alloc);
  BOOST_CHECK_THROW(in_plugin("f()", own, [] { throw std::out_of_range("far"); }), std::out_of_range);
  BOOST_CHECK_THROW(strata::call_plugin("refuse()", refuse, 1), int);
}

BOOST_AUTO_TEST_SUITE_END()
