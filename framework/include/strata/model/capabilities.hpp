// Capabilities: interfaces for what a model can do in addition to training. A verb of the program asks for a
// capability, not for a class. Legend: B sentences, R rows = B*n (n hypotheses each), Ts, Tt source and target time, V
// target vocabulary.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "strata/core/export.hpp"
#include "strata/model/batch.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// The capability of writing a sequence token by token. The caller owns the state; several states may exist at once.
class STRATA_API Generator {
 public:
  // The state for a batch and the tokens written so far: encoder outputs, hidden states, caches.
  struct STRATA_API State {
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    virtual ~State();
  };

  virtual ~Generator();
  // The column of a batch that begin() reads; its lengths are the column NAME_lengths. Default: "source".
  virtual std::string_view input() const;
  // True when the output goes on with the rows of the input, as that of a language model does: then begin() reads all
  // but the last token of each row, which the first call of step() gets. False: the first call of step() gets the token
  // that begins an output (Specials::start). Default: false.
  virtual bool continues_input() const;
  // Reads the column input() and returns a state with one row for each sentence.
  virtual std::unique_ptr<State> begin(const TensorBatch& batch) = 0;
  // ids i64 [R], the last token of each row (at first as continues_input() says) -> logits [R,V] of the next token, in
  // any floating type.
  virtual Tensor step(State& state, const Tensor& ids) = 0;
  // Selects rows of the state: row i becomes row rows[i] of the old state. rows i64 [R'] has equally many entries for
  // each sentence, next to each other. sentences i64 [B']: the sentences (rows of the encoder output) that stay;
  // undefined when all do.
  virtual void reorder(State& state, const Tensor& rows, const Tensor& sentences) = 0;
  // Prepares a state for a search whose steps are recorded and replayed (Device::record). `read` is the number of
  // tokens that each row has read so far. Makes room for `more` tokens, so that the tensors that visit() passes keep
  // their shapes during further calls of step(), and of reorder() with as many rows. Returns false when the model
  // cannot do this; then steps are not replayed. Default: false.
  virtual bool reserve(State& state, std::int64_t read, std::int64_t more);
  // Calls `each` for every tensor of the state that step() or reorder() changes or replaces; used after reserve().
  // Apart from these tensors, step() and reorder() may depend on no changing value but `ids` and `rows`. Default: calls
  // nothing.
  virtual void visit(State& state, const std::function<void(Tensor&)>& each);
  // Returns the attention weights f32 [R,Ts] of the last step, when Context::capture_weights is set and the model has
  // them; else an undefined tensor.
  virtual Tensor alignment(const State& state) const;
  // Returns the largest number of tokens that the model can write, </s> included. When the output goes on with the
  // input (continues_input), it is the context of the model: the largest number of tokens that it can read, those of
  // the input and those that it has written. 0: any number. Default: 0.
  virtual std::int64_t max_length() const;
};

// The capability of giving log-probabilities of given tokens.
class STRATA_API Scorer {
 public:
  virtual ~Scorer();
  // Models of pairs: returns the log-probability of each token of batch["target_out"] given the source and the target
  // tokens before it, f32 [B,Tt], 0 at padding. The batch must have a target.
  //
  // Language models (feeds "stream", "packed"): the batch has the columns of Feed::inputs(), "tokens" i64 [B,T] with T
  // >= 2 and "tokens_lengths" i64 [B]; where the feed puts a start token before a text, it is the first of its row.
  // Returns the log-probability of each token given those before it in its row, f32 [B,T]: 0 for the first token of a
  // row, as nothing stands before it, and 0 at padding. The last token of a row need not be read, so that a row may
  // have one token more than Generator::max_length(). Each row begins anew: TensorBatch::carry is not read.
  // next_token_scores() (model/sequence_loss.hpp) makes the result of logits.
  virtual Tensor score(const TensorBatch& batch) = 0;
};

// The capability of giving hidden states of the source.
class STRATA_API Encoder {
 public:
  virtual ~Encoder();
  // Reads the columns that Feed::inputs() makes ("source" and "source_lengths" of pairs) -> hidden states [B,Ts,C].
  virtual Tensor encode(const TensorBatch& batch) = 0;
  // Returns the width C of the hidden states, which is known before the model is materialised.
  virtual std::int64_t width() const = 0;
};

// The capability of labelling whole examples: texts, images. The loss and other uses of the logits are in
// model/classification.hpp.
class STRATA_API Classifier {
 public:
  virtual ~Classifier();
  // Reads the columns that Feed::inputs() makes ("source" and "source_lengths" of pairs) -> logits [B,V].
  virtual Tensor classify(const TensorBatch& batch) = 0;
  // Returns the name of what the model predicts. With a vocabulary of this name, V is its size, the label of a class is
  // its token, and special tokens are no classes, whatever their logits are: a label is the single token of that side
  // of a pair. Without one, the classes are the numbers 0 to V - 1. Default: "target".
  virtual std::string_view label() const;
};

// The capability of labelling every token of a sequence.
class STRATA_API Tagger {
 public:
  virtual ~Tagger();
  // Reads the columns that Feed::inputs() makes ("source" and "source_lengths" of pairs) -> logits [B,Ts,tags].
  virtual Tensor tag(const TensorBatch& batch) = 0;
};

}  // namespace strata
