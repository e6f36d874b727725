// The Transformer and its capabilities.
#include "model.hpp"

#include <cmath>
#include <string>

#include "strata/core/error.hpp"
#include "strata/model/sequence_loss.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata {
namespace {

struct Writing final : Generator::State {
  BlockStack::State at;
};

// The source's embedding where it serves the target, too.
const Parameter* shared_table(const TransformerOptions& options, const Model::Facts& facts, const BlockStack& encoder) {
  if (options.tie != TransformerTie::all) return nullptr;
  if (facts.sizes.at("source") != facts.sizes.at("target")) {
    throw Error("E_CONFIG_TIE", "model/tie",
                "all needs one vocabulary: the source has " + std::to_string(facts.sizes.at("source")) +
                    " ids, the target " + std::to_string(facts.sizes.at("target")),
                "use a joint tokenizer, or \"target\"");
  }
  return &encoder.embedding();
}

// Embedded tokens are multiplied by sqrt(C) (section 3.4), so that an element starts at size one.
BlockStack::Options stack_options(const TransformerOptions& options, const StackOptions& own) {
  const double root = std::sqrt(static_cast<double>(options.width));
  return {.width = options.width,
          .layers = own.layers,
          .block = own.block ? own.block : options.block,
          .positions = options.positions,
          .norm = options.norm,
          .embedding_norm = {},
          .scale = root,
          .deviation = 1 / root,
          .padding = kPad,
          .dropout = options.dropout,
          .checkpoint = options.checkpoint};
}

}  // namespace

Transformer::Transformer(const Options& options, const Facts& facts)
    : encoder_(stack_options(options, options.encoder),
               {.vocabulary = facts.sizes.at("source"), .side = "source tokens"}),
      decoder_(stack_options(options, options.decoder), {.vocabulary = facts.sizes.at("target"),
                                                         .memory = options.width,
                                                         .causal = true,
                                                         .embedding = shared_table(options, facts, encoder_),
                                                         .side = "target tokens"}),
      generator_(options.tie == TransformerTie::none ? std::make_unique<Linear>(options.width, facts.sizes.at("target"))
                                                     : std::make_unique<Linear>(decoder_.embedding(), true)) {
  child("encoder", encoder_);
  child("decoder", decoder_);
  child("generator", *generator_);
}

BlockStack::State Transformer::start(const TensorBatch& batch, bool grows) {
  const Mask mask = Mask::of_lengths(batch["source_lengths"], batch["source"].size(1));
  return decoder_.begin(encoded(batch, mask), mask, grows);
}

Tensor Transformer::forward(const TensorBatch& batch) {
  BlockStack::State state = start(batch, false);
  return (*generator_)(decoder_(batch["target_in"], {}, state));
}

Loss Transformer::loss(const TensorBatch& batch, const LossOptions& options) {
  return sequence_loss(forward(batch), batch, options);
}

std::unique_ptr<Generator::State> Transformer::begin(const TensorBatch& batch) {
  auto state = std::make_unique<Writing>();
  state->at = start(batch, true);
  return state;
}

Tensor Transformer::step(Generator::State& state, const Tensor& ids) {
  const Tensor x = decoder_(reshape(ids, {ids.size(0), 1}), {}, static_cast<Writing&>(state).at);  // [R,1,C]
  return (*generator_)(reshape(x, {x.size(0), x.size(2)}));
}

void Transformer::reorder(Generator::State& state, const Tensor& rows, const Tensor& sentences) {
  BlockStack::reorder(static_cast<Writing&>(state).at, rows, sentences);
}

bool Transformer::reserve(Generator::State& state, std::int64_t read, std::int64_t more) {
  return BlockStack::reserve(static_cast<Writing&>(state).at, read, more);
}

void Transformer::visit(Generator::State& state, const std::function<void(Tensor&)>& each) {
  BlockStack::visit(static_cast<Writing&>(state).at, each);
}

// What the last block's attention to the source looked at.
Tensor Transformer::alignment(const Generator::State& state) const {
  const Tensor& weights = static_cast<const Writing&>(state).at.blocks.back().weights;  // [R,1,Ts]
  return weights.defined() ? reshape(weights, {weights.size(0), weights.size(2)}) : weights;
}

Tensor Transformer::score(const TensorBatch& batch) {
  return neg(softmax_xent(forward(batch), batch["target_out"], 0, kPad));
}

Tensor Transformer::encoded(const TensorBatch& batch, const Mask& mask) {
  BlockStack::State state = encoder_.begin({}, {}, false);
  return encoder_(batch["source"], mask, state);
}

Tensor Transformer::encode(const TensorBatch& batch) {
  return encoded(batch, Mask::of_lengths(batch["source_lengths"], batch["source"].size(1)));
}

}  // namespace strata
