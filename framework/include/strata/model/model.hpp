// Model: the base class of models, and how a verb finds out what a model can do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "strata/data/sizes.hpp"
#include "strata/model/batch.hpp"
#include "strata/model/capabilities.hpp"
#include "strata/model/loss.hpp"
#include "strata/nn/layer.hpp"

namespace strata {

class STRATA_API Model : public Layer {
 public:
  static constexpr std::string_view kRole = "model";
  struct Facts {
    Sizes sizes;  // those of the feed: numbers of ids of vocabularies (specials included), extents of images, ...
  };
  // What a model declares when it registers.
  struct Traits {
    std::string feed = "pairs";  // feed that makes its batches, unless the recipe names another
  };
  void set_traits(const Traits& traits) { traits_ = traits; }
  const Traits& traits() const noexcept { return traits_; }

  // Returns the loss summed over the batch; gradients are recorded when Context::recording is set. Values that change
  // from batch to batch must come from tensors (those of the batch, and context().random_step), so that a step can be
  // recorded and replayed for batches of the same shape (train.replay).
  virtual Loss loss(const TensorBatch& batch, const LossOptions& options) = 0;
  // Returns the number by which the sum of the loss is divided, > 0. Default: Batch::tokens.
  virtual double weight(const Batch& batch) const;
  // Returns the levels of the model from the input up, each the prefix of its parameters' names: rate_decay and gradual
  // unfreezing count by them. A parameter within several levels is of the one with the longest prefix, one within none
  // is of the top level. Default: the children that have parameters, in the order of declaration.
  virtual std::vector<std::string> depth() const;

 private:
  Traits traits_;
};

// Returns the model as a capability. Throws E_MODEL_CAPABILITY, which names the verb, the missing capability, the
// capabilities that the model has and the verbs for these.
template <class Capability>
Capability& require(Model& model, std::string_view capability, std::string_view verb);

// Returns the names of the model's capabilities: "Generator", "Classifier", "Scorer", "Encoder", "Tagger", in this
// order, then others by the registered answerers (Answerer::Traits::capability).
STRATA_API std::vector<std::string> capabilities_of(const Model& model);

// Throws the E_MODEL_CAPABILITY of require(); the place is the verb.
[[noreturn]] STRATA_API void fail_capability(const Model& model, std::string_view capability, std::string_view verb);

template <class Capability>
Capability& require(Model& model, std::string_view capability, std::string_view verb) {
  auto* found = dynamic_cast<Capability*>(&model);
  if (found == nullptr) fail_capability(model, capability, verb);
  return *found;
}

}  // namespace strata
