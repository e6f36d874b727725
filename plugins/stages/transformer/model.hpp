// The Transformer (Vaswani et al., "Attention is all you need", 2017).
#pragma once

#include "options.hpp"
#include "strata/model/model.hpp"
#include "strata/nn/block_stack.hpp"

namespace strata {

class Transformer final : public Model, public Generator, public Scorer, public Encoder {
 public:
  using Options = TransformerOptions;
  using Facts = Model::Facts;
  // E_CONFIG_TIE when one table cannot serve both vocabularies.
  Transformer(const Options& options, const Facts& facts);

  Loss loss(const TensorBatch& batch, const LossOptions& options) override;
  std::unique_ptr<Generator::State> begin(const TensorBatch& batch) override;
  Tensor step(Generator::State& state, const Tensor& ids) override;
  void reorder(Generator::State& state, const Tensor& rows, const Tensor& sentences) override;
  bool reserve(Generator::State& state, std::int64_t read, std::int64_t more) override;
  void visit(Generator::State& state, const std::function<void(Tensor&)>& each) override;
  Tensor alignment(const Generator::State& state) const override;
  std::int64_t max_length() const override { return decoder_.max_length(); }
  Tensor score(const TensorBatch& batch) override;
  Tensor encode(const TensorBatch& batch) override;
  std::int64_t width() const override { return encoder_.embedding().shape()[1]; }

 private:
  // A decoder over the batch's source.
  BlockStack::State start(const TensorBatch& batch, bool grows);
  Tensor encoded(const TensorBatch& batch, const Mask& mask);  // of the source's keys
  Tensor forward(const TensorBatch& batch);                    // -> logits [B,Tt,V]

  BlockStack encoder_, decoder_;
  std::unique_ptr<Linear> generator_;
};

}  // namespace strata
