// 1 / sqrt(update) with one planted mistake (option "fault"), or none.
#include <strata/plugin.hpp>
#include <strata/train/optimizer.hpp>

#include <atomic>
#include <cmath>
#include <thread>

namespace {

class FaultySchedule final : public strata::Schedule {
 public:
  struct Options {
    std::string fault = "none";
    void visit(auto& option) { option("fault", fault, "the mistake"); }
  };
  explicit FaultySchedule(const Options& options) : fault_(options.fault) {}

  double factor(const Position& at) const override {
    const auto update = static_cast<double>(at.update);
    if (fault_ == "negative") return 1 - update * 1e-5;
    if (fault_ == "endless") return 1 / (1 - at.progress);
    if (fault_ == "zero") return 0;
    if (fault_ == "calls") return 1 / std::sqrt(static_cast<double>(++calls_));
    if (fault_ == "threads") {  // what one thread wrote another one reads
      update_ = at.update;
      std::this_thread::yield();
      return 1 / std::sqrt(static_cast<double>(update_.load()));
    }
    return 1 / std::sqrt(update);
  }

 private:
  std::string fault_;
  mutable std::atomic<std::int64_t> calls_ = 0, update_ = 0;
};

}  // namespace

STRATA_PLUGIN("faulty-schedule", "1.0", [](strata::Registry& r) {
  r.add<strata::Schedule, FaultySchedule>("faulty", "1 / sqrt(update) with a mistake");
});
