// A component of a role that has no checks.
#include <strata/plugin.hpp>
#include <strata/train/communicator.hpp>

namespace {
class Alone final : public strata::Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void all_reduce(const strata::Tensor&) override {}
  void broadcast(const strata::Tensor&) override {}
  void barrier() override {}
};
}  // namespace

STRATA_PLUGIN("no-checks", "1.0",
              [](strata::Registry& r) { r.add<strata::Communicator, Alone>("alone", "one process, once more"); });
