// The encoder-decoder and its capabilities.
#include "model.hpp"

#include "strata/model/sequence_loss.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/index.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata {
namespace {

struct Writing final : Generator::State {
  TargetDecoder::State at;
};

}  // namespace

Seq2Seq::Seq2Seq(const Options& options, const Facts& facts)
    : encoder_(options, facts.sizes.at("source")), decoder_(options, facts.sizes.at("target"), encoder_) {
  child("encoder", encoder_);
  child("decoder", decoder_);
}

Tensor Seq2Seq::forward(const TensorBatch& batch) const {
  return decoder_.forward(batch["target_in"], decoder_.begin(batch, encoder_(batch)));
}

Loss Seq2Seq::loss(const TensorBatch& batch, const LossOptions& options) {
  return sequence_loss(forward(batch), batch, options);
}

std::unique_ptr<Generator::State> Seq2Seq::begin(const TensorBatch& batch) {
  auto state = std::make_unique<Writing>();
  state->at = decoder_.begin(batch, encoder_(batch));
  return state;
}

Tensor Seq2Seq::step(State& state, const Tensor& ids) { return decoder_.step(ids, static_cast<Writing&>(state).at); }

void Seq2Seq::reorder(State& state, const Tensor& rows, const Tensor& sentences) {
  TargetDecoder::State& at = static_cast<Writing&>(state).at;
  for (Tensors& layer : at.layers) {
    for (Tensor& part : layer) part = index_rows(part, rows);
  }
  if (at.context.defined()) at.context = index_rows(at.context, rows);
  if (at.weights.defined()) at.weights = index_rows(at.weights, rows);
  if (!sentences.defined()) return;
  at.memory.select(sentences);
  at.mask.keys = index_rows(at.mask.keys, sentences);
}

// A recurrent state does not grow.
bool Seq2Seq::reserve(State&, std::int64_t, std::int64_t) { return true; }

void Seq2Seq::visit(State& state, const std::function<void(Tensor&)>& each) {
  TargetDecoder::State& at = static_cast<Writing&>(state).at;
  for (Tensors& layer : at.layers) {
    for (Tensor& part : layer) each(part);
  }
  if (at.context.defined()) each(at.context);
  if (at.weights.defined()) each(at.weights);
}

Tensor Seq2Seq::alignment(const State& state) const { return static_cast<const Writing&>(state).at.weights; }

Tensor Seq2Seq::score(const TensorBatch& batch) {
  return neg(softmax_xent(forward(batch), batch["target_out"], 0, kPad));
}

Tensor Seq2Seq::encode(const TensorBatch& batch) { return encoder_(batch).outputs; }

}  // namespace strata
