// LanguageModel: a recurrent language model (Mikolov et al., 2010; Zaremba et al., 2014; Merity et al., 2018). Legend:
// B lanes, R rows, T time, C width, V vocabulary.
#pragma once

#include <memory>

#include "body.hpp"
#include "strata/model/model.hpp"

namespace strata {

class LanguageModel : public Model, public Generator, public Scorer, public Encoder {
 public:
  using Options = LmOptions;
  using Facts = Model::Facts;
  LanguageModel(const Options& options, const Facts& facts);

  Loss loss(const TensorBatch& batch, const LossOptions& options) override;
  std::vector<std::string> depth() const override;

  std::string_view input() const override { return "tokens"; }
  bool continues_input() const override { return true; }
  std::unique_ptr<State> begin(const TensorBatch& batch) override;
  Tensor step(State& state, const Tensor& ids) override;
  void reorder(State& state, const Tensor& rows, const Tensor& sentences) override;
  bool reserve(State& state, std::int64_t read, std::int64_t more) override;
  void visit(State& state, const std::function<void(Tensor&)>& each) override;

  Tensor score(const TensorBatch& batch) override;
  Tensor encode(const TensorBatch& batch) override;
  std::int64_t width() const override { return body_.width(); }

 private:
  void add_penalties(Loss& loss, const LmBody::Output& out) const;

  double activation_penalty_, change_penalty_;
  LmBody body_;
  std::unique_ptr<Linear> output_;
};

// The same model with the defaults of a preset.
template <class Preset>
class LanguageModelOf final : public LanguageModel {
 public:
  using Options = Preset;
  LanguageModelOf(const Options& options, const Facts& facts) : LanguageModel(options, facts) {}
};

}  // namespace strata
