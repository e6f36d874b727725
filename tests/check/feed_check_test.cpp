// Planted mistakes of feeds are found under the property's name; our own feeds have none.
#include <boost/test/unit_test.hpp>

#include "check/rows.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"

using strata::test::finds_fault;

namespace {

// The rows of a feed of this house with the data that is named.
std::vector<strata::CheckRow> rows_with(const char* spec, const char* data) {
  strata::PluginHost& host = strata::test::shelf();
  strata::CheckOptions options;
  options.dataset = data;
  return check_component("feed", strata::parse_json(spec, "test"), options, {strata::default_registry(), &host});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(feed_check)

BOOST_AUTO_TEST_CASE(planted_mistakes_are_found) {
  finds_fault("feed", "order", "columns");
  finds_fault("feed", "name", "columns");
  finds_fault("feed", "kind", "columns");
  finds_fault("feed", "shape", "columns");
  finds_fault("feed", "axis", "columns");
  finds_fault("feed", "indices", "columns");
  finds_fault("feed", "tokens", "columns");
  finds_fault("feed", "lengths", "lengths");
  finds_fault("feed", "segments", "segments");
  finds_fault("feed", "positions", "segments");
  finds_fault("feed", "epoch", "position");
  finds_fault("feed", "position", "position");
  finds_fault("feed", "first", "position");
  finds_fault("feed", "last", "position");
  finds_fault("feed", "end", "end");
  finds_fault("feed", "calls", "determinism");
  finds_fault("feed", "object", "objects");
  finds_fault("feed", "threads", "threads");
  finds_fault("feed", "cache", "cache");
  finds_fault("feed", "begins", "resume");
  finds_fault("feed", "counts", "ranks");
  finds_fault("feed", "shared", "ranks");
  finds_fault("feed", "twice", "ranks");
  finds_fault("feed", "lost", "ranks");
  finds_fault("feed", "sizes", "sizes");
  finds_fault("feed", "extents", "sizes");
  finds_fault("feed", "input name", "inputs");
  finds_fault("feed", "input row", "inputs");
  finds_fault("feed", "input index", "inputs");
  finds_fault("feed", "saved", "saved");
#if defined(STRATA_SANITIZED)
  BOOST_TEST_MESSAGE("the sanitizers find leaks by themselves");
#else
  finds_fault("feed", "leak", "memory");
#endif
}

BOOST_AUTO_TEST_CASE(without_a_mistake_all_pass) { strata::test::passes("feed"); }

// Those that are built in have no file: by the same function.
BOOST_AUTO_TEST_CASE(the_shelf_of_this_house_passes) {
  for (const char* spec :
       {R"("pairs")", R"({"type": "pairs", "batch": {"tokens": 300, "window": 50}, "max_length": 12})", R"("rows")",
        R"({"type": "rows", "batch_size": 1000, "shuffle": false})", R"({"type": "stream", "lanes": 8})",
        R"({"type": "stream", "lanes": 3, "window": 7, "end": false})", R"({"type": "packed", "batch_size": 8})",
        R"({"type": "packed", "window": 7, "batch_size": 3, "buffer": 50, "start": true})"}) {
    BOOST_TEST_MESSAGE(spec);
    strata::test::shelf_passes("feed", strata::parse_json(spec, "test"));
  }
}

// Fields that neither of the usual data has need data of the user.
BOOST_AUTO_TEST_CASE(the_user_names_the_data) {
  const char* spec = R"({"type": "pairs", "source": "question", "target": "answer"})";
  BOOST_CHECK_EXCEPTION(
      strata::test::shelf_passes("feed", strata::parse_json(spec, "test")), strata::Error,
      [](const strata::Error& fault) { return fault.code() == "E_DATA_FIELD" && fault.hint().find("--dataset") == 0; });
  const auto rows = rows_with(R"("pairs")", R"({"type": "samples", "name": "questions", "train": 300})");
  BOOST_TEST(strata::test::failed(rows) == "");
  for (const strata::CheckRow& row : rows) BOOST_TEST(row.detail.find("generated") == std::string::npos);
  for (const char* feed : {R"("stream")", R"("packed")"}) {
    BOOST_CHECK_EXCEPTION(rows_with(feed, "samples"), strata::Error,
                          [](const strata::Error& fault) { return fault.code() == "E_DATA_FIELD"; });
  }
}

BOOST_AUTO_TEST_SUITE_END()
