// The encoder-decoder (Sutskever, Vinyals and Le, 2014; Cho et al., 2014), with attention when the recipe names one
// (Bahdanau et al., 2015; Luong et al., 2015).
#pragma once

#include "decoder.hpp"
#include "strata/model/model.hpp"

namespace strata {

class Seq2Seq final : public Model, public Generator, public Scorer, public Encoder {
 public:
  using Options = Seq2SeqOptions;
  using Facts = Model::Facts;
  Seq2Seq(const Options& options, const Facts& facts);

  Loss loss(const TensorBatch& batch, const LossOptions& options) override;
  std::unique_ptr<State> begin(const TensorBatch& batch) override;
  Tensor step(State& state, const Tensor& ids) override;
  void reorder(State& state, const Tensor& rows, const Tensor& sentences) override;
  bool reserve(Generator::State& state, std::int64_t read, std::int64_t more) override;
  void visit(Generator::State& state, const std::function<void(Tensor&)>& each) override;
  Tensor alignment(const State& state) const override;
  Tensor score(const TensorBatch& batch) override;
  Tensor encode(const TensorBatch& batch) override;
  std::int64_t width() const override { return encoder_.stack().width(); }

 private:
  Tensor forward(const TensorBatch& batch) const;

  SourceEncoder encoder_;
  TargetDecoder decoder_;
};

}  // namespace strata
