// LmBody.
#include "body.hpp"

#include <string>

#include "strata/core/plugin_call.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

constexpr double kBound = 0.1;  // of the uniform initial values of the embedding (Zaremba et al., 2014)

// Ones from which dropout makes a mask of factors for `x`.
Tensor ones_for(const Tensor& x, const Shape& shape) {
  return Tensor::full(shape, 1, x.dtype() == DType::f64 ? DType::f64 : DType::f32);
}

}  // namespace

LmBody::LmBody(const LmOptions& options, std::int64_t vocabulary)
    : options_(options),
      vocabulary_(vocabulary),
      embedding_(vocabulary, options.embedding, 1),
      of_words_(options.embedding_dropout),
      of_input_(options.input_dropout),
      of_hidden_(options.hidden_dropout),
      of_output_(options.output_dropout) {
  child("embedding", embedding_);
  embedding_.weight().set_init(Init::uniform(kBound));
  for (std::int64_t layer = 0; layer < options.layers; ++layer) {
    const bool last = layer + 1 == options.layers;
    cells_.push_back(options.cell.make(
        {layer == 0 ? options.embedding : options.hidden, last && options.tie ? options.embedding : options.hidden}));
    child("layers." + std::to_string(layer), cells_.back());
  }
  child("word_dropout", of_words_);
  child("input_dropout", of_input_);
  child("hidden_dropout", of_hidden_);
  child("output_dropout", of_output_);
}

LmBody::Output LmBody::operator()(const Tensor& tokens, const Tensor& lengths,
                                  const std::vector<Tensors>& states) const {
  Output out;
  out.outputs = dropped(embedded(tokens), options_.input_dropout, of_input_);
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    Cell::Sequence made = in_plugin("sequence()", *cells_[i], [&] {
      return cells_[i]->sequence(out.outputs, states.empty() ? Tensors() : states[i], lengths, false);
    });
    out.raw = made.outputs;
    out.states.push_back(std::move(made.state));
    out.outputs = i + 1 < cells_.size()
                      ? dropped(out.raw, options_.hidden_dropout, of_hidden_, static_cast<std::int64_t>(i))
                      : dropped(out.raw, options_.output_dropout, of_output_);
  }
  return out;
}

std::vector<Tensors> LmBody::initial(std::int64_t rows) const {
  std::vector<Tensors> states;
  for (const auto& cell : cells_) states.push_back(cell->initial_state(rows));
  return states;
}

// A word that is dropped is zero wherever it stands in the batch.
Tensor LmBody::embedded(const Tensor& tokens) const {
  Tensor x = embedding_(tokens);
  if (!context().training || options_.embedding_dropout == 0) return x;
  const Tensor kept = of_words_(ones_for(x, {vocabulary_, 1}));
  const Tensor rows = index_rows(kept, reshape(tokens, {tokens.numel()}));
  return mul(x, cast(reshape(rows, {tokens.size(0), tokens.size(1), 1}), x.dtype()));
}

Tensor LmBody::dropped(const Tensor& x, double probability, const Dropout& dropout, std::int64_t call) const {
  if (!context().training || !options_.variational || probability == 0) return dropout(x, call);
  const Tensor mask = dropout(ones_for(x, {x.size(0), 1, x.size(2)}), call);
  return mul(x, cast(mask, x.dtype()));
}

}  // namespace strata
