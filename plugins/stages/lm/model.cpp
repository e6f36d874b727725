// LanguageModel and its capabilities.
#include "model.hpp"

#include <string>

#include "strata/model/sequence_loss.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

struct Writing final : Generator::State {
  std::vector<Tensors> layers;  // for each layer, the parts [R,C] of its state
};

// The states of all layers as one list of tensors, and back.
Tensors packed(const std::vector<Tensors>& layers) {
  Tensors all;
  for (const Tensors& layer : layers) all.insert(all.end(), layer.begin(), layer.end());
  return all;
}
std::vector<Tensors> unpacked(const Tensors& all, int state_parts) {
  const auto parts = static_cast<std::size_t>(state_parts);
  std::vector<Tensors> layers(all.size() / parts);
  for (std::size_t i = 0; i < all.size(); ++i) layers[i / parts].push_back(all[i]);
  return layers;
}

Tensor mean_square(const Tensor& x) {
  const Tensor wide = x.dtype() == DType::f64 ? x : cast(x, DType::f32);
  return mean(mul(wide, wide));
}

}  // namespace

LanguageModel::LanguageModel(const Options& options, const Facts& facts)
    : activation_penalty_(options.activation_penalty),
      change_penalty_(options.change_penalty),
      body_(options, facts.sizes.at("tokens")),
      output_(options.tie ? std::make_unique<Linear>(body_.embedding(), true)
                          : std::make_unique<Linear>(options.hidden, facts.sizes.at("tokens"))) {
  child("body", body_);
  child("output", *output_);
  if (options.tie) output_->bias().set_init(Init::zeros());
}

std::vector<std::string> LanguageModel::depth() const {
  std::vector<std::string> levels{"body.embedding"};
  for (std::size_t i = 0; i < body_.layers(); ++i) levels.push_back("body.layers." + std::to_string(i));
  levels.emplace_back("output");
  return levels;
}

Loss LanguageModel::loss(const TensorBatch& batch, const LossOptions& options) {
  const LmBody::Output out = body_(batch["tokens"], {}, unpacked(batch.carry, body_.state_parts()));
  Loss loss = token_loss((*output_)(out.outputs), batch["targets"], -1, options);
  if (context().training) add_penalties(loss, out);
  loss.carry = packed(out.states);
  return loss;
}

// The penalties are means, the loss is a sum over the tokens, by whose number a trainer divides it.
void LanguageModel::add_penalties(Loss& loss, const LmBody::Output& out) const {
  const std::int64_t time = out.raw.size(1);
  const auto tokens = static_cast<double>(out.raw.size(0) * time);
  const auto add_part = [&](const char* name, double factor, const Tensor& square) {
    const Tensor penalty = affine(square, factor * tokens, 0);
    loss.sum = add(loss.sum, penalty);
    loss.parts.push_back({name, penalty.detach()});
  };
  if (activation_penalty_ > 0) add_part("activation_penalty", activation_penalty_, mean_square(out.outputs));
  if (change_penalty_ > 0 && time > 1) {
    const Tensor change = sub(slice(out.raw, 1, 1, time), slice(out.raw, 1, 0, time - 1));
    add_part("change_penalty", change_penalty_, mean_square(change));
  }
}

std::unique_ptr<Generator::State> LanguageModel::begin(const TensorBatch& batch) {
  auto state = std::make_unique<Writing>();
  const Tensor &tokens = batch["tokens"], &lengths = batch["tokens_lengths"];
  state->layers = tokens.size(1) > 1 ? body_(tokens, sub(lengths, Tensor::full({}, 1, DType::i64)), {}).states
                                     : body_.initial(tokens.size(0));
  return state;
}

// ids i64 [R] -> logits [R,V]
Tensor LanguageModel::step(State& state, const Tensor& ids) {
  auto& at = static_cast<Writing&>(state);
  LmBody::Output out = body_(unsqueeze(ids, 1), {}, at.layers);
  at.layers = std::move(out.states);
  return (*output_)(select(out.outputs, 1, 0));
}

void LanguageModel::reorder(State& state, const Tensor& rows, const Tensor& /*sentences*/) {
  visit(state, [&](Tensor& part) { part = index_rows(part, rows); });
}

bool LanguageModel::reserve(State& /*state*/, std::int64_t /*read*/, std::int64_t /*more*/) { return true; }

void LanguageModel::visit(State& state, const std::function<void(Tensor&)>& each) {
  for (Tensors& layer : static_cast<Writing&>(state).layers) {
    for (Tensor& part : layer) each(part);
  }
}

// tokens i64 [B,T] -> log-probabilities [B,T], each row from an empty state
Tensor LanguageModel::score(const TensorBatch& batch) {
  const Tensor& tokens = batch["tokens"];
  const Tensor before = contiguous(slice(tokens, 1, 0, tokens.size(1) - 1));  // [B,T-1]
  return next_token_scores((*output_)(body_(before, {}, {}).outputs), tokens, batch["tokens_lengths"]);
}

// tokens i64 [B,T] -> [B,T,C]
Tensor LanguageModel::encode(const TensorBatch& batch) {
  return body_(batch["tokens"], batch["tokens_lengths"], {}).outputs;
}

}  // namespace strata
