// The source side: embedding, optional reversal, a recurrent stack, and where a recipe names one a layer over its
// outputs (an adapter: Bapna and Firat, 2019, "Simple, Scalable Adaptation for Neural Machine Translation").
#pragma once

#include <memory>

#include "options.hpp"
#include "strata/model/batch.hpp"

namespace strata {

class SourceEncoder final : public Layer {
 public:
  SourceEncoder(const Seq2SeqOptions& options, std::int64_t vocabulary);

  // The column "source" [B,Ts] -> outputs [B,Ts,hidden], in the source's own order, and final states.
  RecurrentStack::Output operator()(const TensorBatch& batch) const;

  const Parameter& embedding() const { return embedding_.weight(); }
  const RecurrentStack& stack() const { return stack_; }

 private:
  bool reverse_;
  Embedding embedding_;
  Dropout dropout_;
  RecurrentStack stack_;
  std::shared_ptr<SequenceLayer> adapter_;
};

}  // namespace strata
