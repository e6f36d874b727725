// Schedules through the real door, against the values that their papers' formulas give.
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "plugins/load.hpp"
#include "strata/train/optimizer.hpp"

using namespace strata;
using strata_test::make;

namespace {

// Under max_updates `total`: before update u, (u - 1) / total is done.
double at(const Schedule& schedule, std::int64_t update, std::int64_t total, double epoch = 0) {
  return schedule.factor({update, epoch, static_cast<double>(update - 1) / static_cast<double>(total)});
}

void check(double value, double expected) { BOOST_TEST(value == expected, boost::test_tools::tolerance(1e-12)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(schedules)

BOOST_AUTO_TEST_CASE(constant_rises_and_stays) {
  const auto plain = make<Schedule>(R"("constant")"), warm = make<Schedule>(R"({"type": "constant", "warmup": 4})");
  check(at(*plain, 1, 10), 1);
  check(at(*warm, 1, 10), 0.25);
  check(at(*warm, 3, 10), 0.75);
  check(at(*warm, 4, 10), 1);
  check(at(*warm, 9, 10), 1);
}

BOOST_AUTO_TEST_CASE(step_halves_after_five_epochs) {
  const auto halving = make<Schedule>(R"("step")");
  const double expected[] = {1, 1, 1, 1, 1, 0.5, 0.25, 0.125};
  for (int epoch = 0; epoch < 8; ++epoch) {
    check(at(*halving, 1, 10, epoch), expected[epoch]);
    check(at(*halving, 1, 10, epoch + 0.999), expected[epoch]);
  }
  const auto updates = make<Schedule>(R"({"type": "step", "unit": "update", "start": 10, "every": 5, "factor": 0.1})");
  check(at(*updates, 10, 100), 1);
  check(at(*updates, 11, 100), 0.1);
  check(at(*updates, 16, 100), 0.01);
  const auto clock = make<Schedule>(R"({"type": "step", "unit": "progress", "start": 0.5, "every": 0.25})");
  check(clock->factor({7, 0, 0.49}), 1);
  check(clock->factor({7, 0, 0.5}), 0.5);
  check(clock->factor({7, 0, 0.75}), 0.25);
}

BOOST_AUTO_TEST_CASE(inverse_sqrt_is_the_transformers) {
  const auto schedule = make<Schedule>(R"({"type": "inverse_sqrt", "warmup": 4000})");
  // d_model^-0.5 min(t^-0.5, t w^-1.5) over its peak d_model^-0.5 w^-0.5 (Vaswani et al., 2017, eq. 3).
  for (const std::int64_t t : {1, 100, 3999, 4000, 4001, 16000, 100000}) {
    const double step = static_cast<double>(t), published = std::min(std::pow(step, -0.5), step * std::pow(4000, -1.5));
    check(at(*schedule, t, 100000), published / std::pow(4000, -0.5));
  }
  check(at(*schedule, 16000, 100000), 0.5);
}

BOOST_AUTO_TEST_CASE(linear_falls_straight_to_its_end) {
  const auto plain = make<Schedule>(R"("linear")");
  check(at(*plain, 1, 100), 1);
  check(at(*plain, 51, 100), 0.5);
  check(at(*plain, 100, 100), 0.01);
  // With warm-up w of T updates: (T - s) / (T - w) after s updates (BERT's).
  const auto warm = make<Schedule>(R"({"type": "linear", "warmup": 20})");
  check(at(*warm, 10, 100), 0.5);
  check(at(*warm, 21, 100), 1);
  check(at(*warm, 61, 100), 40.0 / 80);
  check(at(*warm, 100, 100), 1.0 / 80);
  check(at(*make<Schedule>(R"({"type": "linear", "end": 0.2})"), 51, 100), 0.6);
}

BOOST_AUTO_TEST_CASE(cosine_is_half_a_wave) {
  const auto plain = make<Schedule>(R"("cosine")");
  check(at(*plain, 1, 100), 1);
  check(at(*plain, 26, 100), 0.5 * (1 + std::sqrt(0.5)));
  check(at(*plain, 51, 100), 0.5);
  const auto warm = make<Schedule>(R"({"type": "cosine", "warmup": 20, "end": 0.1})");
  check(at(*warm, 20, 100), 1);
  check(at(*warm, 61, 100), 0.1 + 0.9 * 0.5);
  check(warm->factor({100, 3, 1.0}), 0.1);  // the limit is reached
}

// Equation 3 of Howard and Ruder (2018): T iterations, of which floor(T cut_frac) rise.
BOOST_AUTO_TEST_CASE(slanted_triangular_is_ulmfits) {
  const auto schedule = make<Schedule>(R"("slanted_triangular")"),
             other = make<Schedule>(R"({"type": "slanted_triangular", "cut_frac": 0.25, "ratio": 10})");
  const auto published = [](double t, double total, double cut_frac, double ratio) {
    const double cut = std::floor(total * cut_frac);
    const double p = t < cut ? t / cut : 1 - (t - cut) / (cut * (1 / cut_frac - 1));
    return (1 + p * (ratio - 1)) / ratio;
  };
  for (const int t : {0, 1, 50, 99, 100, 101, 700, 999}) {
    check(at(*schedule, t + 1, 1000), published(t, 1000, 0.1, 32));
    check(at(*other, t + 1, 1000), published(t, 1000, 0.25, 10));
  }
}

BOOST_AUTO_TEST_CASE(one_cycle_rises_and_falls_once) {
  const auto schedule = make<Schedule>(R"("one_cycle")"),
             other = make<Schedule>(R"({"type": "one_cycle", "rise": 0.5, "start_ratio": 10, "end_ratio": 100})");
  check(at(*schedule, 1, 1000), 0.04);
  check(at(*schedule, 251, 1000), 1);
  check(at(*schedule, 126, 1000), 0.52);            // halfway up
  check(at(*schedule, 626, 1000), (1 + 1e-5) / 2);  // halfway down
  check(schedule->factor({1001, 9, 1}), 1e-5);      // the end
  check(at(*other, 501, 1000), 1);
  check(at(*other, 1, 1000), 0.1);
  check(other->factor({1001, 9, 1}), 0.01);
}

BOOST_AUTO_TEST_SUITE_END()
