// The learning curve: well-formed, points where they belong, readable ticks.
#include "strata/report/curve.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "framework/report/xml_check.hpp"

namespace {
strata::CurvePlot plot(std::vector<strata::CurveLine> lines) {
  strata::CurvePlot out;
  out.title = "a < b & c";
  out.x_label = "update";
  out.lines = std::move(lines);
  return out;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(curve)

// Inner field by hand: x from 64 to 720 - 24 = 696, y from 62 to 350; x ticks 0..100, y ticks 0..10.
BOOST_AUTO_TEST_CASE(points_by_hand) {
  const std::string svg = strata::curve_svg(plot({{"loss", {{0, 10}, {50, 5}, {100, 0}}, false}}));
  BOOST_TEST(xml::fault(svg) == "");
  BOOST_TEST(svg.find("d=\"M64.0 62.0L380.0 206.0L696.0 350.0\"") != std::string::npos);
  for (const char* tick : {">0<", ">20<", ">100<", ">2<", ">10<"})
    BOOST_TEST(svg.find(tick) != std::string::npos, tick);
}

BOOST_AUTO_TEST_CASE(gaps_and_edges) {
  BOOST_TEST(xml::fault(strata::curve_svg(plot({}))) == "");
  BOOST_TEST(strata::curve_svg(plot({{"x", {}, false}})).find("nothing to draw yet") != std::string::npos);
  const std::string gap = strata::curve_svg(
      plot({{"<x>", {{1, 1}, {2, NAN}, {3, INFINITY}, {4, 2}, {5, 3}}, false}, {"y", {{1, 1e300}}, true}}));
  BOOST_TEST(xml::fault(gap) == "");
  BOOST_TEST(gap.find("nan") == std::string::npos);
  BOOST_TEST(gap.find("inf") == std::string::npos);
  for (const double value : {0.0, -3.0, 1e-12, 1e12}) {
    const std::string flat = strata::curve_svg(plot({{"flat", {{7, value}}, true}}));
    BOOST_TEST(xml::fault(flat) == "");
    BOOST_TEST(flat.find("nan") == std::string::npos);
    BOOST_TEST(flat.size() < 20000U);
  }
  std::vector<std::pair<double, double>> many;
  for (int i = 0; i < 100000; ++i) many.emplace_back(i, std::sin(i * 1e-3));
  BOOST_TEST(strata::curve_svg(plot({{"many", many, false}})).size() < 60000U);
}

BOOST_AUTO_TEST_SUITE_END()
