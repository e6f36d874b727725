// Planted mistakes of trainers are found under the property's name; the built-in trainer has none.
#include <boost/test/unit_test.hpp>

#include <utility>

#include "check/rows.hpp"
#include "strata/core/interrupt.hpp"
#include "strata/core/json.hpp"
#include "throws.hpp"

using namespace strata;

namespace {

// The rows of a trainer of faulty_trainer.so. Its runs need the model and the data of other plugins.
std::vector<CheckRow> rows_of(const Config& spec, bool train) {
  PluginHost& host = strata::test::shelf();
  host.load(strata::test::kBuilt + "/tests/check/plugins/none/faulty_trainer.so");
  CheckOptions options;
  options.skip_training = !train;
  return check_component("trainer", spec, options, {default_registry(), &host});
}

// properties: the names of all that do not hold.
void finds(const char* fault, const char* properties, bool train = false) {
  BOOST_TEST_MESSAGE("trainer with the fault " << fault);
  const Config spec = Config::object({{"type", "faulty"}, {"fault", fault}});
  BOOST_TEST(strata::test::failed(rows_of(spec, train)) == properties, fault);
  BOOST_TEST(interrupted() == 0);
}

void skips(const char* name, const char* reason) {
  const std::vector<CheckRow> rows = rows_of(name, false);
  BOOST_REQUIRE_EQUAL(rows.size(), 1U);
  BOOST_TEST((rows[0].verdict == CheckRow::Verdict::skipped));
  BOOST_TEST(rows[0].detail.find(reason) != std::string::npos, rows[0].detail);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trainer_check)

BOOST_AUTO_TEST_CASE(planted_mistakes_are_found) {
  finds("reason", "limit");
  finds("short", "limit goes on");
  finds("silent", "reports stop kill goes on");
  finds("number", "reports");
  finds("idle", "changes");
  finds("deaf", "stop");
  finds("member", "stop kill");
  finds("forgets", "goes on");
  finds("file", "goes on checkpoint");
  finds("place", "resume rules");
  finds("both", "resume rules");
  finds("ascends", "learning", true);
}

// Those that break more than one property, and not always the same ones.
BOOST_AUTO_TEST_CASE(mistakes_of_many_consequences_are_found) {
  for (const auto& [fault, property] : {std::pair("chance", "determinism"), std::pair("unsaved", "limit")}) {
    const Config spec = Config::object({{"type", "faulty"}, {"fault", fault}});
    const std::string names = strata::test::failed(rows_of(spec, false));
    BOOST_TEST(strata::test::has(names, property), fault << ": failed were \"" << names << "\"");
  }
}

BOOST_AUTO_TEST_CASE(without_a_mistake_all_pass) {
  const std::vector<CheckRow> rows = rows_of("faulty", true);
  BOOST_TEST(strata::test::failed(rows) == "");
  BOOST_TEST(rows.size() == 10U);
}

BOOST_AUTO_TEST_CASE(the_built_in_trainer_passes) {
  strata::test::shelf_passes("trainer", "supervised");
  strata::test::shelf_passes("trainer", parse_json(R"({"type": "supervised", "accumulate": 2, "ema": 0.9,
      "optimizer": {"type": "sgd", "lr": 0.5, "momentum": 0.9}, "schedule": "cosine", "clip_norm": 1.0})",
                                                   "test"));
}

BOOST_AUTO_TEST_CASE(trainers_for_something_else_are_skipped) {
  skips("particular", "the model is no painter");
  skips("endless", "\"max_updates\", which it does not have");
}

BOOST_AUTO_TEST_CASE(options_that_it_does_not_take_are_an_error) {
  const Config spec = Config::object({{"type", "faulty"}, {"falt", "none"}});
  strata::test::check_throws([&] { (void)rows_of(spec, false); }, "E_CONFIG_UNKNOWN", "", "falt");
}

BOOST_AUTO_TEST_SUITE_END()
