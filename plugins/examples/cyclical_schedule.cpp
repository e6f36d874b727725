// Cyclical learning rates (Smith, 2017, "Cyclical learning rates for training neural networks", section 3): the rate
// climbs from `low` of its base to all of it and back, in a triangle of 2 * half_cycle updates; each cycle's height may
// shrink. An example of a whole plugin in one file.
#include <strata/plugin.hpp>
#include <strata/train/optimizer.hpp>

#include <cmath>

namespace {

class CyclicalSchedule final : public strata::Schedule {
 public:
  struct Options {
    std::int64_t half_cycle = 2000;
    double low = 0.1;
    double decay = 1.0;
    void visit(auto& option) {
      option("half_cycle", half_cycle, "number of updates from the lowest rate to the highest").min(1);
      option("low", low, "lowest rate, as a fraction of the base rate").range(0, 1);
      option("decay", decay, "ratio of the height of a cycle to that of the one before (1: all are equal)")
          .above(0)
          .max(1);
    }
  };
  explicit CyclicalSchedule(const Options& options) : options_(options) {}

  double factor(const Position& position) const override {
    const double half = static_cast<double>(options_.half_cycle);
    const double at = static_cast<double>(position.update - 1);
    const double cycle = std::floor(at / (2 * half));
    const double climb = 1 - std::abs(at / half - 2 * cycle - 1);  // 0 at both ends of a cycle, 1 in its middle
    return options_.low + (1 - options_.low) * climb * std::pow(options_.decay, cycle);
  }

 private:
  Options options_;
};

}  // namespace

STRATA_PLUGIN("cyclical-schedule", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Schedule, CyclicalSchedule>("cyclical",
                                            "rate that rises and falls linearly between two values (Smith, 2017)");
});
