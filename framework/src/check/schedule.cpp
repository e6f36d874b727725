// What a schedule promises (train/optimizer.hpp).
#include "check/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>

#include "strata/core/rng.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/train/optimizer.hpp"

namespace strata::detail {
namespace {

constexpr std::int64_t kLast = 1'000'000;

class ScheduleChecks {
 public:
  ScheduleChecks(const Config& spec, const CheckOptions& options, Registry& registry)
      : spec_(spec), seed_(options.seed), registry_(registry), schedule_(make()), positions_(positions()) {}

  std::vector<CheckRow> run() {
    checks_.property("range", [&] { return range(); });
    checks_.property("trains", [&] { return trains(); });
    checks_.property("pure", [&] { return pure(); });
    checks_.property("threads", [&] { return threads(); });
    checks_.measure("course", [&] { return course(); });
    return checks_.take();
  }

 private:
  std::shared_ptr<Schedule> make() const { return registry_.make<Schedule>(spec_); }

  // Updates 1 to 1,000,000, each a tenth or more after the last, of runs of several lengths and of runs whose end is
  // not known; the very first and the very last included.
  static std::vector<Schedule::Position> positions() {
    std::vector<Schedule::Position> all;
    for (const std::int64_t length : {std::int64_t{1}, std::int64_t{100}, std::int64_t{12345}, kLast}) {
      for (std::int64_t update = 1; update <= length; update += std::max<std::int64_t>(1, update / 10)) {
        const double done = static_cast<double>(update - 1) / static_cast<double>(length);
        for (const double epochs : {0.01, 1.0, 30.0}) all.push_back({update, epochs * done, done});
      }
      all.push_back({length, 10, 1});
      all.push_back({length, 10, 0});
    }
    return all;
  }
  static std::string shown(const Schedule::Position& at) {
    return fmt::format("update {}, epoch {:g}, progress {:g}", at.update, at.epoch, at.progress);
  }
  static bool same(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

  std::string range() const {
    double low = 1e300, high = 0;
    for (const Schedule::Position& at : positions_) {
      const double factor = schedule_->factor(at);
      if (!std::isfinite(factor) || factor < 0) throw CheckFailed{fmt::format("{} at {}", factor, shown(at))};
      low = std::min(low, factor);
      high = std::max(high, factor);
    }
    return fmt::format("{:g} to {:g} over {} positions, updates 1 to {}", low, high, positions_.size(), kLast);
  }

  std::string trains() const {
    for (const Schedule::Position& at : positions_) {
      if (schedule_->factor(at) > 0) return "above zero at " + shown(at);
    }
    throw CheckFailed{"the factor is zero wherever it was asked: nothing would ever be learned"};
  }

  // A run that is resumed asks a new object, in the middle.
  std::string pure() const {
    std::vector<double> first;
    for (const Schedule::Position& at : positions_) first.push_back(schedule_->factor(at));
    std::vector<std::size_t> order(positions_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    Rng(static_cast<std::uint64_t>(seed_), "check/order").shuffle(order);
    const auto other = make();
    for (const std::size_t i : order) {
      for (const auto& one : {schedule_, other}) {
        const double again = one->factor(positions_[i]);
        if (same(again, first[i])) continue;
        throw CheckFailed{
            fmt::format("{} at {}, and {} when asked in another order", first[i], shown(positions_[i]), again)};
      }
    }
    return fmt::format("the same of two objects in two orders; seed {}", seed_);
  }

  std::string threads() const {
    constexpr int kThreads = 4;
    std::vector<double> expected;
    for (const Schedule::Position& at : positions_) expected.push_back(schedule_->factor(at));
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
    at_once(kThreads, [&](int thread) {
      const std::size_t start = static_cast<std::size_t>(thread) * positions_.size() / kThreads;
      for (std::size_t i = 0; i < positions_.size() || std::chrono::steady_clock::now() < until; ++i) {
        const std::size_t at = (start + i) % positions_.size();
        const double factor = schedule_->factor(positions_[at]);
        if (same(factor, expected[at])) continue;
        throw CheckFailed{
            fmt::format("{} at {} in four threads at once, {} alone", factor, shown(positions_[at]), expected[at])};
      }
    });
    return fmt::format("the same in {} threads at once", kThreads);
  }

  std::string course() const {
    constexpr double kLength = 10000;
    std::string text = "10,000 updates, 10 epochs:";
    for (const double part : {0.0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9999}) {
      const auto update = static_cast<std::int64_t>(part * kLength) + 1;
      text += fmt::format(" {:.3g} at {:.4g} %{}", schedule_->factor({update, part * 10, part}), part * 100,
                          part < 0.9 ? "," : "");
    }
    return text;
  }

  Config spec_;
  std::int64_t seed_;
  Registry& registry_;
  std::shared_ptr<Schedule> schedule_;
  std::vector<Schedule::Position> positions_;
  Checks checks_;
};

}  // namespace

std::vector<CheckRow> check_schedule(const Config& spec, const CheckOptions& options, const Host& host) {
  return ScheduleChecks(spec, options, host.registry).run();
}

}  // namespace strata::detail
