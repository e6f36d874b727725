// The target side of the encoder-decoder: input feeding, attention, output layer.
#include "decoder.hpp"

#include <cmath>
#include <string>

#include "strata/autograd/time_loop.hpp"
#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata {
namespace {

void check_copy(const Seq2SeqOptions& options, const RecurrentStack& source, const Cell& cell) {
  if (options.encoder.layers == options.decoder.layers && source.width() == options.decoder.hidden &&
      source.state_parts() == cell.state_parts()) {
    return;
  }
  const auto shape = [](const Slot<Cell>& cells, std::int64_t layers, std::int64_t width) {
    return std::to_string(layers) + " layers of " + cells.type() + " " + std::to_string(width);
  };
  throw Error("E_CONFIG_BRIDGE", "model/bridge",
              "copy needs equal shapes: the encoder has " +
                  shape(options.encoder.cell, options.encoder.layers, source.width()) + ", the decoder " +
                  shape(options.decoder.cell, options.decoder.layers, options.decoder.hidden),
              "use \"project\", or equal cells, layers and widths");
}

}  // namespace

TargetDecoder::TargetDecoder(const Seq2SeqOptions& options, std::int64_t vocabulary, const SourceEncoder& encoder)
    : width_(options.embedding),
      embedding_(vocabulary, options.embedding, 1 / std::sqrt(static_cast<double>(options.embedding)), kPad),
      dropout_(options.dropout),
      between_(options.decoder.dropout),
      output_dropout_(options.dropout),
      bridge_(options.bridge) {
  const DecoderOptions& own = options.decoder;
  child("embedding", embedding_);
  child("dropout", dropout_);
  child("between", between_);
  child("output_dropout", output_dropout_);
  std::int64_t context_width = 0;
  if (own.attention) {
    attention_ = own.attention.make({own.hidden, encoder.stack().width()});
    require_cross_attention(*attention_, own.attention.type(), "seq2seq");
    context_width = attention_->context_width();
    child("attention", attention_);
  }
  for (std::int64_t layer = 0; layer < own.layers; ++layer) {
    cells_.push_back(own.cell.make({layer == 0 ? width_ + context_width : own.hidden, own.hidden}));
    child("layers." + std::to_string(layer), cells_.back());
    if (bridge_ == Bridge::project) {
      bridges_.push_back(std::make_unique<Linear>(encoder.stack().width(), own.hidden));
      child("bridge." + std::to_string(layer), *bridges_.back());
    }
  }
  if (bridge_ == Bridge::copy) check_copy(options, encoder.stack(), *cells_.front());
  const bool readout = attention_ != nullptr || own.hidden != width_;
  if (readout) {
    output_ =
        std::make_unique<Linear>(attention_ != nullptr ? own.hidden + context_width + width_ : own.hidden, width_);
    child("output", *output_);
  }
  if (options.tie == Tie::none) {
    generator_ = std::make_unique<Linear>(width_, vocabulary);
  } else {
    generator_ = std::make_unique<Linear>(embedding_.weight(), true);
  }
  child("generator", *generator_);
}

TargetDecoder::State TargetDecoder::begin(const TensorBatch& batch, const RecurrentStack::Output& source) const {
  State state;
  const std::int64_t rows = batch["source"].size(0);
  state.mask = Mask::of_lengths(batch["source_lengths"], batch["source"].size(1));
  for (std::size_t layer = 0; layer < cells_.size(); ++layer) {
    Tensors parts = cells_[layer]->initial_state(rows);
    if (bridge_ == Bridge::project) {
      parts[0] = (*bridges_[layer])(source.states.back()[0], Activation::tanh);
    } else if (bridge_ == Bridge::copy) {
      parts = source.states[layer];
    }
    state.layers.push_back(std::move(parts));
  }
  if (attention_ != nullptr) {
    state.memory = in_plugin("prepare()", *attention_,
                             [&] { return attention_->prepare(source.outputs, source.outputs, state.mask); });
    state.context = Tensor::zeros({rows, attention_->context_width()}, state.layers[0][0].dtype());
  }
  return state;
}

TargetDecoder::Feedback TargetDecoder::feedback() const {
  const Cell::Projection all = cells_.front()->projection();
  if (attention_ == nullptr) return {all, {}};
  return {{slice(all.weight, 1, 0, width_), all.bias}, {slice(all.weight, 1, width_, all.weight.size(1)), {}}};
}

// projected [R,G]: the first layer's whole input -> the top layer's output [R,H].
Tensor TargetDecoder::advance(const Tensor& projected, State& state, std::int64_t call) const {
  Tensor x = projected;
  for (std::size_t layer = 0; layer < cells_.size(); ++layer) {
    if (layer > 0) {
      const Cell::Projection map = cells_[layer]->projection();
      x = linear(between_(x, call * static_cast<std::int64_t>(cells_.size()) + static_cast<std::int64_t>(layer)),
                 map.weight, map.bias);
    }
    const Cell& cell = *cells_[layer];
    state.layers[layer] = in_plugin("step()", cell, [&] { return cell.step(x, state.layers[layer]); });
    x = state.layers[layer][0];
  }
  if (attention_ != nullptr) {
    const std::int64_t rows = x.size(0);
    const Attended found = in_plugin("attend()", *attention_, [&] {
      return attention_->attend(reshape(x, {rows, 1, x.size(1)}), state.memory, state.mask);
    });
    state.context = reshape(found.context, {rows, found.context.size(2)});
    state.weights = found.weights.defined() ? reshape(found.weights, {rows, found.weights.size(2)}) : Tensor();
  }
  return x;
}

Tensor TargetDecoder::logits(const Tensor& hidden, const Tensor& context, const Tensor& embedded) const {
  Tensor features = hidden;
  if (output_ != nullptr) {
    features = (*output_)(attention_ != nullptr ? concat({hidden, context, embedded}, -1) : hidden, Activation::tanh);
  }
  return (*generator_)(output_dropout_(features));
}

Tensor TargetDecoder::forward(const Tensor& ids, State state) const {
  const Tensor embedded = dropout_(embedding_(ids));  // [B,Tt,E]
  if (attention_ == nullptr) {                        // nothing is fed back: layer by layer over the whole sequence
    Tensor x = embedded;
    for (std::size_t layer = 0; layer < cells_.size(); ++layer) {
      if (layer > 0) x = between_(x, static_cast<std::int64_t>(layer));
      const Cell& cell = *cells_[layer];
      x = in_plugin("sequence()", cell, [&] { return cell.sequence(x, state.layers[layer], {}, false); }).outputs;
    }
    return logits(x, {}, {});
  }
  const Feedback maps = feedback();
  const Tensors steps = unbind(linear(embedded, maps.known.weight, maps.known.bias), 1);  // Tt x [B,G]
  Tensors hidden, contexts;
  {
    const TimeLoop loop;
    for (std::size_t t = 0; t < steps.size(); ++t) {
      const Tensor projected = linear(state.context, maps.fed_back.weight, {}, steps[t]);
      hidden.push_back(advance(projected, state, static_cast<std::int64_t>(t)));
      contexts.push_back(state.context);
    }
  }
  return logits(stack(hidden, 1), stack(contexts, 1), embedded);
}

Tensor TargetDecoder::step(const Tensor& ids, State& state) const {
  const Tensor embedded = embedding_(ids);  // [R,E]
  const Tensor input = attention_ != nullptr ? concat({embedded, state.context}, -1) : embedded;
  const Cell::Projection map = cells_.front()->projection();
  const Tensor hidden = advance(linear(input, map.weight, map.bias), state, 0);
  return logits(hidden, state.context, embedded);
}

}  // namespace strata
