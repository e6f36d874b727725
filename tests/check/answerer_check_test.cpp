// Planted mistakes of answerers are found under the property's name; our own answerers have none.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "check/rows.hpp"
#include "strata/core/json.hpp"
#include "strata/run/answer_run.hpp"

using strata::test::finds_fault;

BOOST_AUTO_TEST_SUITE(answerer_check)

BOOST_AUTO_TEST_CASE(planted_mistakes_are_found) {
  for (const auto& [fault, property] : std::vector<std::pair<std::string, std::string>>{{"silent", "answers"},
                                                                                        {"list", "answers"},
                                                                                        {"bytes", "answers"},
                                                                                        {"lines", "answers"},
                                                                                        {"skips", "answers"},
                                                                                        {"eager", "empty"},
                                                                                        {"chance", "determinism"},
                                                                                        {"others", "alone"},
                                                                                        {"counts", "alone"},
                                                                                        {"sorted", "order"}}) {
    finds_fault("answerer", fault, property);
  }
  finds_fault("answerer", "none", "model", "any_model");
  finds_fault("answerer", "none", "model", "no_traits");
#if defined(STRATA_SANITIZED)
  BOOST_TEST_MESSAGE("the sanitizers find leaks by themselves");
#else
  finds_fault("answerer", "leak", "memory");
#endif
}

BOOST_AUTO_TEST_CASE(without_a_mistake_all_pass) { strata::test::passes("answerer"); }

BOOST_AUTO_TEST_CASE(without_a_model_the_answers_are_left_out_with_the_reason) {
  const std::string file = strata::test::kBuilt + "/tests/check/plugins/none/faulty_answerer.so";
  const auto rows = strata::test::rows_of("answerer", file, strata::Config("lonely"), false);
  const auto skipped = std::find_if(rows.begin(), rows.end(), [](const strata::CheckRow& row) {
    return row.verdict == strata::CheckRow::Verdict::skipped;
  });
  BOOST_REQUIRE((skipped != rows.end()));
  BOOST_TEST(skipped->detail.find("is a Generator (tried: sums)") != std::string::npos, skipped->detail);
}

BOOST_AUTO_TEST_CASE(the_shelf_of_this_house_passes) {
  strata::register_answerers(strata::default_registry());
  for (const char* spec : {R"("translate")", R"({"type": "classify", "top": 3})",
                           R"({"type": "generate", "max_tokens": 5, "temperature": 1, "n": 2})"}) {
    BOOST_TEST_MESSAGE(spec);
    strata::test::shelf_passes("answerer", strata::parse_json(spec, "test"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
