// Planted mistakes of metrics are found under the property's name; our own metrics have none.
#include <boost/test/unit_test.hpp>

#include "check/rows.hpp"
#include "strata/core/json.hpp"

using strata::test::finds_fault;

BOOST_AUTO_TEST_SUITE(metric_check)

BOOST_AUTO_TEST_CASE(planted_mistakes_are_found) {
  for (const std::string component : {"faulty", "faulty_sums"}) {
    for (const auto& [fault, property] : std::vector<std::pair<std::string, std::string>>{{"name", "name"},
                                                                                          {"zero", "empty"},
                                                                                          {"keeps", "reset"},
                                                                                          {"chance", "determinism"},
                                                                                          {"last", "order"},
                                                                                          {"means", "ranks"},
                                                                                          {"adds", "ranks"},
                                                                                          {"sense", "sense"}}) {
      finds_fault("metric", fault, property, component);
    }
  }
  finds_fault("metric", "part", "name", "faulty_sums");
  finds_fault("metric", "unweighted", "weight", "faulty_sums");
  finds_fault("metric", "throws", "any text");
  finds_fault("metric", "infinite", "any text");
#if defined(STRATA_SANITIZED)
  BOOST_TEST_MESSAGE("the sanitizers find leaks by themselves");
#else
  finds_fault("metric", "leak", "memory");
#endif
}

BOOST_AUTO_TEST_CASE(without_a_mistake_all_pass) {
  strata::test::passes("metric");
  strata::test::passes("metric", "faulty_sums");
}

// Those that are built in have no file: by the same function.
BOOST_AUTO_TEST_CASE(the_shelf_of_this_house_passes) {
  for (const char* spec :
       {R"("loss")", R"("perplexity")", R"("accuracy")", R"("exact_match")", R"("token_accuracy")", R"("bleu")",
        R"({"type": "bleu", "tokenize": "intl", "lowercase": true})", R"({"type": "bleu", "tokenize": "char"})",
        R"("chrf")", R"({"type": "chrf", "word_order": 2})", R"("length_ratio")",
        R"({"type": "length_ratio", "unit": "byte"})"}) {
    BOOST_TEST_MESSAGE(spec);
    strata::test::shelf_passes("metric", strata::parse_json(spec, "test"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
