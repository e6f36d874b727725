// A plugin whose one component has the name of one that optim/ has.
#include "strata/plugin.hpp"
#include "strata/train/optimizer.hpp"

namespace {

struct Zero final : strata::Schedule {
  struct Options {
    void visit(auto&) {}
  };
  explicit Zero(const Options&) {}
  double factor(const Position&) const override { return 0; }
};

}  // namespace

STRATA_PLUGIN("mine", "0.1.0",
              [](strata::Registry& r) { r.add<strata::Schedule, Zero>("constant", "nothing is learned"); });
