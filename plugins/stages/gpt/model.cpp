// Gpt and its capabilities.
#include "model.hpp"

#include <cmath>
#include <string>

#include "left_padded.hpp"
#include "strata/model/sequence_loss.hpp"
#include "strata/ops/shape.hpp"

namespace strata {
namespace {

struct Writing final : Generator::State {
  BlockStack::State at;
};

bool ends_with(const std::string& name, std::string_view end) {
  return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
}

// Normal weights, and zero biases (Radford et al., 2019, section 2.3).
void set_initial_values(const Layer& model, const GptOptions& options) {
  const double residual = options.deviation / std::sqrt(2 * static_cast<double>(options.layers));
  for (const NamedParameter& one : model.parameters()) {
    const ParameterKind kind = one.parameter.kind();
    if (kind == ParameterKind::bias && !ends_with(one.name, "norm.bias")) one.parameter.set_init(Init::zeros());
    if (kind != ParameterKind::weight && kind != ParameterKind::embedding) continue;
    const bool adds = ends_with(one.name, "attention.output.weight") || ends_with(one.name, "feed_forward.down.weight");
    one.parameter.set_init(Init::normal(adds ? residual : options.deviation));
  }
}

}  // namespace

Gpt::Gpt(const Options& options, const Facts& facts)
    : body_(stack_options(options), {.vocabulary = facts.sizes.at("tokens"),
                                     .causal = true,
                                     .heads = options.heads,
                                     .head_width = head_width(options),
                                     .side = "tokens"}),
      output_(options.tie ? std::make_unique<Linear>(body_.embedding(), false)
                          : std::make_unique<Linear>(options.width, facts.sizes.at("tokens"), false)) {
  child("body", body_);
  child("output", *output_);
  set_initial_values(*this, options);
}

std::vector<std::string> Gpt::depth() const {
  std::vector<std::string> levels{"body.embedding"};
  for (const std::string& name : body_.children()) {
    if (name.rfind("layers.", 0) == 0) levels.push_back("body." + name);
  }
  levels.emplace_back("output");
  return levels;
}

Tensor Gpt::hidden(const Tensor& tokens, const Mask& mask) {
  BlockStack::State state = body_.begin({}, {}, false);
  return body_(tokens, mask, state);
}

Loss Gpt::loss(const TensorBatch& batch, const LossOptions& options) {
  Mask mask;
  if (batch.has("segments")) {  // documents side by side
    mask.segments = batch["segments"];
    mask.positions = batch["positions"];
  }
  return token_loss((*output_)(hidden(batch["tokens"], mask)), batch["targets"], -1, options);
}

std::unique_ptr<Generator::State> Gpt::begin(const TensorBatch& batch) {
  auto state = std::make_unique<Writing>();
  state->at = body_.begin({}, {}, true);
  if (batch["tokens"].size(1) == 1) return state;
  const LeftPadded prompt = left_padded(batch["tokens"], batch["tokens_lengths"]);
  state->at.first_key = prompt.first_key;
  body_(prompt.tokens, {}, state->at);
  return state;
}

// ids i64 [R] -> logits [R,V]
Tensor Gpt::step(Generator::State& state, const Tensor& ids) {
  const Tensor x = body_(reshape(ids, {ids.size(0), 1}), {}, static_cast<Writing&>(state).at);  // [R,1,C]
  return (*output_)(reshape(x, {x.size(0), x.size(2)}));
}

void Gpt::reorder(Generator::State& state, const Tensor& rows, const Tensor& sentences) {
  BlockStack::reorder(static_cast<Writing&>(state).at, rows, sentences);
}

bool Gpt::reserve(Generator::State& state, std::int64_t read, std::int64_t more) {
  return BlockStack::reserve(static_cast<Writing&>(state).at, read, more);
}

void Gpt::visit(Generator::State& state, const std::function<void(Tensor&)>& each) {
  BlockStack::visit(static_cast<Writing&>(state).at, each);
}

Tensor Gpt::score(const TensorBatch& batch) {
  const Tensor& tokens = batch["tokens"];
  const Tensor before = slice(tokens, 1, 0, tokens.size(1) - 1);
  return next_token_scores((*output_)(hidden(before, {})), tokens, batch["tokens_lengths"]);
}

Tensor Gpt::encode(const TensorBatch& batch) { return hidden(batch["tokens"], {}); }

}  // namespace strata
