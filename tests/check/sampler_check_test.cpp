// Planted mistakes of samplers are found under the property's name; our own samplers have none.
#include <boost/test/unit_test.hpp>

#include "check/rows.hpp"
#include "strata/core/json.hpp"

using strata::test::finds_fault;

BOOST_AUTO_TEST_SUITE(sampler_check)

BOOST_AUTO_TEST_CASE(planted_mistakes_are_found) {
  finds_fault("sampler", "nan", "distribution");
  finds_fault("sampler", "infinite", "distribution");
  finds_fault("sampler", "greedy", "tokens stay");
  finds_fault("sampler", "revives", "excluded");
  finds_fault("sampler", "rows", "row alone");
  finds_fault("sampler", "calls", "determinism");
#if defined(STRATA_SANITIZED)
  BOOST_TEST_MESSAGE("the sanitizers find leaks by themselves");
#else
  finds_fault("sampler", "leak", "memory");
#endif
}

BOOST_AUTO_TEST_CASE(without_a_mistake_all_pass) { strata::test::passes("sampler"); }

// Those that are built in have no file: by the same function.
BOOST_AUTO_TEST_CASE(the_shelf_of_this_house_passes) {
  for (const char* spec :
       {R"({"type": "temperature", "value": 0})", R"({"type": "temperature", "value": 0.01})",
        R"({"type": "temperature", "value": 100})", R"({"type": "top_k", "k": 1})", R"({"type": "top_k", "k": 50})",
        R"({"type": "top_p", "p": 0.9})", R"({"type": "top_p", "p": 0.001})", R"({"type": "min_p", "p": 0.1})",
        R"({"type": "min_p", "p": 1})", R"({"type": "repetition_penalty", "value": 1.2})",
        R"({"type": "repetition_penalty", "value": 0.5})"}) {
    BOOST_TEST_MESSAGE(spec);
    strata::test::shelf_passes("sampler", strata::parse_json(spec, "test"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
