// The triangle of Smith (2017): its corners, and the shrinking of its second cycle.
#include <boost/test/unit_test.hpp>

#include "strata/core/json.hpp"
#include "strata/plugin/host.hpp"
#include "strata/train/optimizer.hpp"

BOOST_AUTO_TEST_SUITE(cyclical_schedule)

BOOST_AUTO_TEST_CASE(climbs_and_falls_between_its_corners) {
  strata::Registry registry;
  strata::PluginHost host(registry);
  host.load(STRATA_BINARY_DIR "/lib/strata/plugins/cyclical_schedule.so");
  const auto schedule = registry.make<strata::Schedule>(
      strata::parse_json(R"({"type": "cyclical", "half_cycle": 10, "low": 0.2, "decay": 0.5})", "test"));
  const auto factor = [&](std::int64_t update) { return schedule->factor({.update = update}); };
  const double tolerance = 1e-10;  // percent
  BOOST_CHECK_CLOSE(factor(1), 0.2, tolerance);
  BOOST_CHECK_CLOSE(factor(6), 0.6, tolerance);
  BOOST_CHECK_CLOSE(factor(11), 1.0, tolerance);
  BOOST_CHECK_CLOSE(factor(21), 0.2, tolerance);
  BOOST_CHECK_CLOSE(factor(31), 0.6, tolerance);  // half the height the second time
}

BOOST_AUTO_TEST_SUITE_END()
