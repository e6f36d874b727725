// Schedules that rise and fall once over the whole training: slanted_triangular, one_cycle.
#pragma once

#include <cmath>

#include "strata/train/optimizer.hpp"

namespace schedules {

using strata::Schedule;

// Howard and Ruder (2018), equation 3: the rate rises linearly over a share `cut_frac` of training, then falls
// linearly; its smallest value is 1 / ratio of the largest.
class SlantedTriangular final : public Schedule {
 public:
  struct Options {
    double cut_frac = 0.1, ratio = 32;
    void visit(auto& option) {
      option("cut_frac", cut_frac, "share of training over which the rate rises").above(0).below(1);
      option("ratio", ratio, "largest rate, which is the base rate, divided by the smallest").min(1);
    }
  };
  explicit SlantedTriangular(const Options& options) : options_(options) {}

  double factor(const Position& at) const override {
    const double cut = options_.cut_frac;
    const double p = at.progress < cut ? at.progress / cut : 1 - (at.progress - cut) / (1 - cut);
    return (1 + p * (options_.ratio - 1)) / options_.ratio;
  }

 private:
  Options options_;
};

// Smith (2018), "A disciplined approach to neural network hyper-parameters", along half cosines as in fastai: up from
// 1 / start_ratio to the base rate, then down to 1 / end_ratio of it.
class OneCycle final : public Schedule {
 public:
  struct Options {
    double rise = 0.25, start_ratio = 25, end_ratio = 1e5;
    void visit(auto& option) {
      option("rise", rise, "share of training over which the rate rises").above(0).below(1);
      option("start_ratio", start_ratio, "base rate divided by the first rate").min(1);
      option("end_ratio", end_ratio, "base rate divided by the last rate").min(1);
    }
  };
  explicit OneCycle(const Options& options) : options_(options) {}

  double factor(const Position& at) const override {
    if (at.progress < options_.rise) return between(1 / options_.start_ratio, 1, at.progress / options_.rise);
    return between(1, 1 / options_.end_ratio, (at.progress - options_.rise) / (1 - options_.rise));
  }

 private:
  static double between(double from, double to, double share) {
    constexpr double kPi = 3.14159265358979323846;
    return to + (from - to) * 0.5 * (1 + std::cos(kPi * share));
  }
  Options options_;
};

}  // namespace schedules
