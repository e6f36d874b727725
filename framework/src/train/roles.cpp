// The roles of training: their anchors, and the communicator of a run of one process.
#include "train/roles.hpp"

#include "strata/plugin/registry.hpp"
#include "strata/train/communicator.hpp"
#include "strata/train/optimizer.hpp"
#include "strata/train/trainer.hpp"

namespace strata {
namespace {

class SingleCommunicator final : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void all_reduce(const Tensor&) override {}
  void broadcast(const Tensor&) override {}
  void barrier() override {}
};

}  // namespace

Optimizer::~Optimizer() = default;
Schedule::~Schedule() = default;
Communicator::~Communicator() = default;
Trainer::~Trainer() = default;

void register_communicators(Registry& registry) {
  registry.add<Communicator, SingleCommunicator>("single", "training in a single process");
}

}  // namespace strata
