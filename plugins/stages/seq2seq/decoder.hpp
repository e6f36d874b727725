// The target side: a recurrence that reads the last token, what attention found, and its own state.
// Legend: B sentences, R rows (B*n in beam search), Tt target time, E embedding, H hidden, M context width.
#pragma once

#include <memory>
#include <vector>

#include "encoder.hpp"

namespace strata {

class TargetDecoder final : public Layer {
 public:
  TargetDecoder(const Seq2SeqOptions& options, std::int64_t vocabulary, const SourceEncoder& encoder);

  struct State {
    std::vector<Tensors> layers;  // per layer, parts [R,H]
    Tensor context;               // [R,M]
    Tensor weights;               // f32 [R,Ts], when captured
    Memory memory;
    Mask mask;
  };
  State begin(const TensorBatch& batch, const RecurrentStack::Output& source) const;

  // All steps with given inputs, ids i64 [B,Tt] -> logits [B,Tt,V].
  Tensor forward(const Tensor& ids, State state) const;
  // One step, ids i64 [R] -> logits [R,V]; the state moves on.
  Tensor step(const Tensor& ids, State& state) const;

 private:
  // What a walk over time needs and does not change.
  struct Feedback {
    Cell::Projection known, fed_back;  // columns of the first layer's input: the embedding's and the context's
  };
  Feedback feedback() const;
  Tensor advance(const Tensor& projected, State& state, std::int64_t call) const;
  Tensor logits(const Tensor& hidden, const Tensor& context, const Tensor& embedded) const;

  std::int64_t width_;  // E
  Embedding embedding_;
  Dropout dropout_, between_, output_dropout_;
  std::vector<std::shared_ptr<Cell>> cells_;
  std::shared_ptr<Attention> attention_;
  Bridge bridge_;
  std::vector<std::unique_ptr<Linear>> bridges_;  // one a layer
  std::unique_ptr<Linear> output_, generator_;
};

}  // namespace strata
