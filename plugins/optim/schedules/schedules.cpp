// Schedules: constant, step, inverse_sqrt, linear, cosine, each of which rises linearly over `warmup` updates first,
// and those of cycles.hpp.
#include <algorithm>
#include <cmath>

#include "cycles.hpp"
#include "strata/plugin.hpp"
#include "strata/train/optimizer.hpp"

namespace {
using namespace strata;

constexpr double kPi = 3.14159265358979323846;

double rise(const Schedule::Position& at, std::int64_t warmup) {
  return warmup > 0 ? std::min(1.0, static_cast<double>(at.update) / static_cast<double>(warmup)) : 1.0;
}

// 0..1 from the end of the warm-up to the end of training. How many updates there will be follows from how far training
// is, which is exact under max_updates and an estimate under the other limits.
double share_after(const Schedule::Position& at, std::int64_t warmup) {
  const double done = static_cast<double>(at.update - 1), rising = static_cast<double>(warmup);
  if (done <= rising || at.progress <= 0) return 0;
  const double total = done / at.progress;
  return total <= rising ? 1 : std::clamp((done - rising) / (total - rising), 0.0, 1.0);
}

class Constant final : public Schedule {
 public:
  struct Options {
    std::int64_t warmup = 0;
    void visit(auto& option) {
      option("warmup", warmup, "number of updates over which the rate rises linearly to its full value").min(0);
    }
  };
  explicit Constant(const Options& options) : options_(options) {}
  double factor(const Position& at) const override { return rise(at, options_.warmup); }

 private:
  Options options_;
};

// Luong, Pham and Manning (2015), section 4.1: after 5 epochs the rate is halved every epoch.
class Step final : public Schedule {
 public:
  enum class Unit { epoch, update, progress };
  struct Options {
    Unit unit = Unit::epoch;
    double start = 5, every = 1, factor = 0.5;
    std::int64_t warmup = 0;
    void visit(auto& option) {
      option("unit", unit, "unit of start and every; progress: the finished share of the run, 0..1",
             {{"epoch", Unit::epoch}, {"update", Unit::update}, {"progress", Unit::progress}});
      option("start", start, "number of units before the rate falls for the first time").min(0);
      option("every", every, "number of units from one fall of the rate to the next").above(0);
      option("factor", factor, "factor by which the rate falls each time").above(0).max(1);
      option("warmup", warmup, "number of updates over which the rate rises linearly to its full value").min(0);
    }
  };
  explicit Step(const Options& options) : options_(options) {}

  double factor(const Position& at) const override {
    double done = at.epoch;
    if (options_.unit == Unit::update) done = static_cast<double>(at.update - 1);
    if (options_.unit == Unit::progress) done = at.progress;
    const double steps = done < options_.start ? 0 : std::floor((done - options_.start) / options_.every) + 1;
    return rise(at, options_.warmup) * std::pow(options_.factor, steps);
  }

 private:
  Options options_;
};

// Vaswani et al. (2017), eq. 3, scaled to 1 at its peak: min(t / w, sqrt(w / t)).
class InverseSqrt final : public Schedule {
 public:
  struct Options {
    std::int64_t warmup = 4000;
    void visit(auto& option) {
      option("warmup", warmup, "number of updates over which the rate rises linearly to its full value").min(1);
    }
  };
  explicit InverseSqrt(const Options& options) : options_(options) {}

  double factor(const Position& at) const override {
    const double t = static_cast<double>(at.update), w = static_cast<double>(options_.warmup);
    return std::min(t / w, std::sqrt(w / t));
  }

 private:
  Options options_;
};

struct DecayOptions {
  double end = 0;
  std::int64_t warmup = 0;
  void visit(auto& option) {
    option("end", end, "rate at the end of training, as a fraction of the base rate").range(0, 1);
    option("warmup", warmup, "number of updates over which the rate rises linearly to its full value").min(0);
  }
};

// Devlin et al. (2019), appendix A.2: linear warm-up, then linear decay.
class Linear final : public Schedule {
 public:
  using Options = DecayOptions;
  explicit Linear(const Options& options) : options_(options) {}

  double factor(const Position& at) const override {
    return rise(at, options_.warmup) * (1 - (1 - options_.end) * share_after(at, options_.warmup));
  }

 private:
  Options options_;
};

// Loshchilov and Hutter (2017), eq. 5, without restarts: end + (1 - end) (1 + cos(pi q)) / 2.
class Cosine final : public Schedule {
 public:
  using Options = DecayOptions;
  explicit Cosine(const Options& options) : options_(options) {}

  double factor(const Position& at) const override {
    const double wave = 0.5 * (1 + std::cos(kPi * share_after(at, options_.warmup)));
    return rise(at, options_.warmup) * (options_.end + (1 - options_.end) * wave);
  }

 private:
  Options options_;
};

}  // namespace

STRATA_PLUGIN("schedules", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Schedule, Constant>("constant", "constant rate, the base rate");
  r.add<strata::Schedule, Step>(
      "step",
      "rate that falls by a factor at equal distances (by default it is halved after 5 epochs and then after each)");
  r.add<strata::Schedule, InverseSqrt>(
      "inverse_sqrt", "rate that falls with 1 / sqrt(update) after the warm-up (Vaswani et al., 2017)");
  r.add<strata::Schedule, Linear>("linear", "rate that falls linearly to `end` at the end of training");
  r.add<strata::Schedule, Cosine>("cosine", "rate that falls along half a cosine to `end` at the end of training");
  r.add<strata::Schedule, schedules::SlantedTriangular>(
      "slanted_triangular",
      "rate that rises over a tenth of training and falls over the rest (Howard and Ruder, 2018)");
  r.add<strata::Schedule, schedules::OneCycle>(
      "one_cycle", "rate that rises and falls once along half cosines over the whole training (Smith, 2018)");
});
