// The roles of training: their anchors, and the communicator of a run of one process.
#include "train/roles.hpp"

#include <algorithm>
#include <utility>

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

Optimizer::Facts Optimizer::Facts::of(std::vector<NamedParameter> parameters) {
  Facts facts;
  facts.groups.push_back({std::move(parameters)});
  return facts;
}

std::vector<NamedParameter> Optimizer::Facts::parameters() const {
  std::vector<NamedParameter> all;
  for (const ParameterGroup& group : groups) all.insert(all.end(), group.parameters.begin(), group.parameters.end());
  return all;
}

Schedule::~Schedule() = default;
Communicator::~Communicator() = default;
Trainer::~Trainer() = default;

ResumeRules Trainer::resume_rules() const { return {}; }

std::int64_t Communicator::agree(std::int64_t value) {
  if (size() == 1) return value;
  std::vector<double> values(static_cast<std::size_t>(size()));
  values[static_cast<std::size_t>(rank())] = static_cast<double>(value);
  const Tensor all = Tensor::from(values, {size()});
  all_reduce(all);
  values = all.to_doubles();
  return static_cast<std::int64_t>(*std::max_element(values.begin(), values.end()));
}

void register_communicators(Registry& registry) {
  registry.add<Communicator, SingleCommunicator>("single", "training in a single process");
}

}  // namespace strata
