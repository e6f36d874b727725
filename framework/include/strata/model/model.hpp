// Model and its capabilities: what a verb asks for is the capability, not the class.
// Legend: B sentences, R rows = B*n (n hypotheses each), Ts, Tt source and target time, V target vocabulary.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strata/model/batch.hpp"
#include "strata/nn/layer.hpp"

namespace strata {

// A sum that reports and metrics read, and divide by Model::weight.
struct LossPart {
  std::string name;  // "loss" (nats, unsmoothed), "correct" (tokens whose best guess is right), ...
  Tensor sum;        // 0-d f32
};

// What a model gives for one batch.
struct Loss {
  Tensor sum;                   // 0-d f32, recorded; the trainer divides by Model::weight once, after accumulation
  std::vector<LossPart> parts;  // for reports; not recorded
};

// What the trainer asks for.
struct LossOptions {
  double label_smoothing = 0;  // in [0, 1); in `sum` only, not in the parts
};

class STRATA_API Model : public Layer {
 public:
  static constexpr std::string_view kRole = "model";
  struct Facts {
    std::int64_t source_vocabulary = 0, target_vocabulary = 0;  // numbers of ids, specials included
  };

  // Summed over the batch, with gradients where the context records. What changes from batch to batch comes from its
  // tensors, so that a step can be replayed where shapes repeat (train.replay); context().random_step is one of them.
  virtual Loss loss(const TensorBatch& batch, const LossOptions& options) = 0;
  // What the sum is divided by, > 0. Default: the target's tokens without padding; of a Classifier the rows.
  virtual double weight(const Batch& batch) const;
};

// Writes a sequence token by token. The state belongs to the caller; several may be alive at once.
class STRATA_API Generator {
 public:
  // What is known of a batch and of the tokens so far: memories, hidden states, caches.
  struct STRATA_API State {
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    virtual ~State();
  };

  virtual ~Generator();
  // Reads batch.source; one row a sentence.
  virtual std::unique_ptr<State> begin(const TensorBatch& batch) = 0;
  // ids i64 [R]: the last token of each row (kStart first) -> logits [R,V] of the next,
  // in any floating type.
  virtual Tensor step(State& state, const Tensor& ids) = 0;
  // Row i of the new state is row rows[i] of the old. rows i64 [R'], in equal blocks per sentence; `sentences` i64
  // [B']: which sentences (memory rows) stay, undefined when all do.
  virtual void reorder(State& state, const Tensor& rows, const Tensor& sentences) = 0;
  // For a search whose steps are replayed (Device::record): of a state that has read `read` tokens a row, makes room
  // for `more`, so that the shapes of all that visit() shows stay while step() takes them and reorder() keeps their
  // rows. False: it cannot, and every step runs as it is; the default.
  virtual bool reserve(State& state, std::int64_t read, std::int64_t more);
  // After reserve(): calls `each` for every tensor of the state that step() or reorder() writes, or puts another in the
  // place of. What else they depend on has to be in these, in `ids` and in `rows`. Default: nothing.
  virtual void visit(State& state, const std::function<void(Tensor&)>& each);
  // Weights f32 [R,Ts] of the last step, when the context captures them and the model has them; else undefined.
  virtual Tensor alignment(const State& state) const;
  // The most tokens that it can write, </s> counted; 0: any number. Default: 0.
  virtual std::int64_t max_length() const;
};

// Log-probabilities of given targets: f32 [B,Tt], 0 where padded.
class STRATA_API Scorer {
 public:
  virtual ~Scorer();
  // The batch has a target.
  virtual Tensor score(const TensorBatch& batch) = 0;
};

// Hidden states of the source: [B,Ts,C].
class STRATA_API Encoder {
 public:
  virtual ~Encoder();
  // Reads batch.source and source_lengths.
  virtual Tensor encode(const TensorBatch& batch) = 0;
};

// Labels whole sequences. A label is the one token of the target side, a class is that token's id in the target
// vocabulary; specials are no classes, whatever their logits are. What is done with the logits, the loss included, is
// in model/classification.hpp.
class STRATA_API Classifier {
 public:
  virtual ~Classifier();
  // Reads batch.source and source_lengths -> logits [B,V].
  virtual Tensor classify(const TensorBatch& batch) = 0;
};

// Logits [B,Ts,tags] of every token.
class STRATA_API Tagger {
 public:
  virtual ~Tagger();
  // Reads batch.source and source_lengths.
  virtual Tensor tag(const TensorBatch& batch) = 0;
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
