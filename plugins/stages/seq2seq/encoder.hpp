// The source side: embedding, optional reversal, a recurrent stack.
#pragma once

#include "options.hpp"
#include "strata/model/batch.hpp"

namespace strata {

class SourceEncoder final : public Layer {
 public:
  SourceEncoder(const Seq2SeqOptions& options, std::int64_t vocabulary);

  // batch.source [B,Ts] -> outputs [B,Ts,hidden], final states.
  RecurrentStack::Output operator()(const TensorBatch& batch) const;

  // Which token of the text each step reads, i64 [B,Ts]; undefined when it reads them in order.
  Tensor order(const TensorBatch& batch) const;
  // What stands by steps, [R,Ts], R rows of B sentences, by the tokens of the text.
  Tensor in_text_order(const Tensor& weights, const Tensor& order) const;

  const Parameter& embedding() const { return embedding_.weight(); }
  const RecurrentStack& stack() const { return stack_; }

 private:
  bool reverse_;
  Embedding embedding_;
  Dropout dropout_;
  RecurrentStack stack_;
};

}  // namespace strata
