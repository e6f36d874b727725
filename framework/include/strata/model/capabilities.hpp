// What a model can do beyond training; a verb asks for one of these and not for a class.
// Legend: B sentences, R rows = B*n (n hypotheses each), Ts, Tt source and target time, V target vocabulary.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "strata/core/export.hpp"
#include "strata/model/batch.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

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

}  // namespace strata
