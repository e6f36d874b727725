// Model and its capabilities: what a verb asks for is the capability, not the class.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "strata/model/batch.hpp"
#include "strata/model/capabilities.hpp"
#include "strata/model/loss.hpp"
#include "strata/nn/layer.hpp"

namespace strata {

class STRATA_API Model : public Layer {
 public:
  static constexpr std::string_view kRole = "model";
  struct Shape {
    std::int64_t source_vocabulary = 0, target_vocabulary = 0;  // numbers of ids, specials included
  };

  // Summed over the batch, with gradients where the context records. What changes from batch to batch comes from its
  // tensors, so that a step can be replayed where shapes repeat (train.replay); context().random_step is one of them.
  virtual Loss loss(const TensorBatch& batch, const LossOptions& options) = 0;
  // What the sum is divided by, > 0. Default: the target's tokens without padding; of a Classifier the rows.
  virtual double weight(const Batch& batch) const;
};

// The model as a capability; throws E_MODEL_CAPABILITY naming the verb, the capability that the model lacks, those that
// it has, and the verb for these.
template <class Capability>
Capability& require(Model& model, std::string_view capability, std::string_view verb);

// Names of what the model can do: "Generator", "Classifier", "Scorer", "Encoder", "Tagger", in this order.
STRATA_API std::vector<std::string> capabilities_of(const Model& model);

// What require() throws, the place being the verb.
[[noreturn]] STRATA_API void fail_capability(const Model& model, std::string_view capability, std::string_view verb);

template <class Capability>
Capability& require(Model& model, std::string_view capability, std::string_view verb) {
  auto* found = dynamic_cast<Capability*>(&model);
  if (found == nullptr) fail_capability(model, capability, verb);
  return *found;
}

}  // namespace strata
