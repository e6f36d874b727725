// Gpt: a decoder-only Transformer that predicts the next token (Radford et al., 2018 and 2019), by options every model
// of the family: GPT-2, Llama, Qwen2, Mistral, GPT-NeoX, BLOOM. Legend: B documents, R rows, T time, C width, V
// vocabulary.
#pragma once

#include <memory>

#include "options.hpp"
#include "strata/model/model.hpp"

namespace strata {

class Gpt : public Model, public Generator, public Scorer, public Encoder {
 public:
  using Options = GptOptions;
  using Facts = Model::Facts;
  Gpt(const Options& options, const Facts& facts);

  Loss loss(const TensorBatch& batch, const LossOptions& options) override;
  std::vector<std::string> depth() const override;

  std::string_view input() const override { return "tokens"; }
  bool continues_input() const override { return true; }
  std::unique_ptr<State> begin(const TensorBatch& batch) override;
  Tensor step(State& state, const Tensor& ids) override;
  void reorder(State& state, const Tensor& rows, const Tensor& sentences) override;
  bool reserve(State& state, std::int64_t read, std::int64_t more) override;
  void visit(State& state, const std::function<void(Tensor&)>& each) override;
  std::int64_t max_length() const override { return body_.max_length(); }

  Tensor score(const TensorBatch& batch) override;
  Tensor encode(const TensorBatch& batch) override;
  std::int64_t width() const override { return body_.embedding().shape()[1]; }

 private:
  // tokens i64 [B,T] -> the hidden states after the last block, [B,T,C].
  Tensor hidden(const Tensor& tokens, const Mask& mask);

  BlockStack body_;
  std::unique_ptr<Linear> output_;
};

// The same model with the defaults of a preset.
template <class Preset>
class GptOf final : public Gpt {
 public:
  using Options = Preset;
  GptOf(const Options& options, const Facts& facts) : Gpt(options, facts) {}
};

}  // namespace strata
