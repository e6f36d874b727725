// Planted mistakes of optimizers are found under the property's name; our own optimizers have none.
#include <boost/test/unit_test.hpp>

#include "check/rows.hpp"
#include "strata/core/json.hpp"

using strata::test::finds_fault;

BOOST_AUTO_TEST_SUITE(optimizer_check)

BOOST_AUTO_TEST_CASE(planted_mistakes_are_found) {
  for (const auto& [fault, property] : std::vector<std::pair<std::string, std::string>>{
           {"ascends", "convex"},   {"first", "convex"},   {"half", "stiff"},      {"undamped", "stiff"},
           {"rate", "rate"},        {"scale", "scale"},    {"missing", "missing"}, {"one_rate", "groups"},
           {"factor", "groups"},    {"decays", "groups"},  {"count", "state"},     {"names", "state"},
           {"copies", "state"},     {"grows", "state"},    {"forgets", "resume"},  {"version", "version"},
           {"replaces", "version"}, {"strides", "layout"}, {"narrow", "f64"},      {"chance", "determinism"},
       }) {
    finds_fault("optimizer", fault, property);
  }
#if defined(STRATA_SANITIZED)
  BOOST_TEST_MESSAGE("the sanitizers find leaks by themselves");
#else
  finds_fault("optimizer", "leak", "memory");
#endif
}

BOOST_AUTO_TEST_CASE(without_a_mistake_all_pass) { strata::test::passes("optimizer"); }

BOOST_AUTO_TEST_CASE(the_shelf_of_this_house_passes) {
  for (const char* spec :
       {R"("sgd")", R"({"type": "sgd", "momentum": 0.9})", R"({"type": "sgd", "momentum": 0.9, "nesterov": true})",
        R"({"type": "sgd", "weight_decay": 0.01})", R"("adam")", R"({"type": "adam", "beta1": 0})", R"("adamw")",
        R"({"type": "adamw", "weight_decay": 0.1})"}) {
    BOOST_TEST_MESSAGE(spec);
    strata::test::shelf_passes("optimizer", strata::parse_json(spec, "test"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
