// Planted mistakes of tokenizers are found under the property's name; our own tokenizers have none.
#include <boost/test/unit_test.hpp>

#include "check/rows.hpp"
#include "strata/core/json.hpp"

using strata::test::finds_fault;

BOOST_AUTO_TEST_SUITE(tokenizer_check)

BOOST_AUTO_TEST_CASE(planted_mistakes_are_found) {
  for (const auto& [fault, property] : std::vector<std::pair<std::string, std::string>>{
           {"unstable", "training"}, {"nothing", "empty"},     {"ids", "ids"},
           {"forged", "specials"},   {"pieces", "pieces"},     {"lossy", "round trip"},
           {"glued", "round trip"},  {"spaces", "round trip"}, {"outside", "decode"},
           {"end", "decode"},        {"throws", "bad UTF-8"},  {"refuses", "bad UTF-8"},
           {"guesses", "bad UTF-8"}, {"cuts", "bad UTF-8"},    {"chance", "determinism"},
           {"threads", "threads"},   {"forgets", "file"},      {"demotes", "file"},
           {"prefix", "file"},       {"unnamed", "file"},      {"believes", "damaged file"},
           {"drops", "sample"},      {"moody", "sample"},      {"secret", "sample"},
       }) {
    finds_fault("tokenizer", fault, property);
  }
#if defined(STRATA_SANITIZED)
  BOOST_TEST_MESSAGE("the sanitizers find leaks by themselves, and their own work per byte hides how time grows");
#else
  finds_fault("tokenizer", "quadratic", "linear time");
  finds_fault("tokenizer", "backwards", "linear time");
  finds_fault("tokenizer", "leak", "memory");
#endif
}

BOOST_AUTO_TEST_CASE(without_a_mistake_all_pass) { strata::test::passes("tokenizer"); }

BOOST_AUTO_TEST_CASE(a_tokenizer_may_normalise_its_text) {
  const std::string file = strata::test::kBuilt + "/tests/check/plugins/none/faulty_tokenizer.so";
  const auto rows = strata::test::rows_of("tokenizer", file,
                                          strata::parse_json(R"({"type": "faulty", "fault": "lower"})", ""), false);
  BOOST_TEST(strata::test::failed(rows) == "");
  for (const strata::CheckRow& row : rows) {
    if (row.property != "round trip") continue;
    BOOST_TEST_MESSAGE(row.detail);
    BOOST_TEST(row.detail.find("normalised") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(the_shelf_of_this_house_passes) {
  for (const char* spec :
       {R"("word")", R"({"type": "word", "split": "symbols"})", R"({"type": "word", "split": "characters"})",
        R"({"type": "bpe", "merges": 50, "dropout": 0.3})", R"({"type": "word", "max_size": 12})",
        R"({"type": "word", "min_frequency": 4})", R"("bpe")", R"({"type": "bpe", "merges": 0})",
        R"({"type": "bpe", "merges": 40, "joint": false})", R"("characters")",
        R"({"type": "characters", "min_frequency": 4, "max_size": 60})", R"("bytes")", R"("labels")"}) {
    BOOST_TEST_MESSAGE(spec);
    strata::test::shelf_passes("tokenizer", strata::parse_json(spec, "test"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
