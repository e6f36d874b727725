// Planted mistakes of schedules are found under the property's name; our own schedules have none.
#include <boost/test/unit_test.hpp>

#include "check/rows.hpp"
#include "strata/core/json.hpp"

using strata::test::finds_fault;

BOOST_AUTO_TEST_SUITE(schedule_check)

BOOST_AUTO_TEST_CASE(planted_mistakes_are_found) {
  finds_fault("schedule", "negative", "range");
  finds_fault("schedule", "endless", "range");
  finds_fault("schedule", "zero", "trains");
  finds_fault("schedule", "calls", "pure");
  finds_fault("schedule", "threads", "threads");
}

BOOST_AUTO_TEST_CASE(without_a_mistake_all_pass) { strata::test::passes("schedule"); }

BOOST_AUTO_TEST_CASE(the_shelf_of_this_house_passes) {
  for (const char* spec :
       {R"("constant")", R"({"type": "constant", "warmup": 1000})", R"("step")",
        R"({"type": "step", "unit": "progress", "start": 0.5, "every": 0.1})", R"("inverse_sqrt")",
        R"({"type": "inverse_sqrt", "warmup": 1})", R"("linear")", R"({"type": "linear", "warmup": 500, "end": 0.1})",
        R"("cosine")", R"({"type": "cosine", "warmup": 2000000})", R"("cyclical")",
        R"({"type": "cyclical", "half_cycle": 1, "decay": 0.5})"}) {
    BOOST_TEST_MESSAGE(spec);
    strata::test::shelf_passes("schedule", strata::parse_json(spec, "test"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
