// A recurrent language model (Mikolov et al., 2010, "Recurrent neural network based language model"), in one file: it
// reads a stream of tokens whose state goes from batch to batch, predicts each next token, writes, and gives
// log-probabilities of texts.
// Legend: B lanes, R rows (texts that are written), T window, C width, V vocabulary.
#include <strata/model/model.hpp>
#include <strata/model/sequence_loss.hpp>
#include <strata/nn/recurrent_stack.hpp>
#include <strata/ops/elementwise.hpp>
#include <strata/ops/index.hpp>
#include <strata/ops/shape.hpp>
#include <strata/plugin.hpp>

#include <cmath>
#include <memory>

namespace {
using namespace strata;

class CharLm final : public Model, public Generator, public Scorer {
 public:
  struct Options {
    std::int64_t embedding = 64;
    RecurrentOptions recurrent{.cell = "gru", .hidden = 256};
    double dropout = 0;
    void visit(auto& option) {
      option("embedding", embedding, "width of the embeddings").range(1, 65536);
      option("recurrent", recurrent, "recurrent layers");
      option("dropout", dropout, "probability of dropping an element before and after the recurrent layers")
          .min(0)
          .below(1);
    }
  };

  CharLm(const Options& options, const Facts& facts)
      : embedding_(facts.sizes.at("tokens"), options.embedding, 1 / std::sqrt(static_cast<double>(options.embedding))),
        layers_(options.recurrent, options.embedding),
        output_(options.recurrent.hidden, facts.sizes.at("tokens")),
        dropout_(options.dropout) {
    child("embedding", embedding_);
    child("layers", layers_);
    child("output", output_);
    child("dropout", dropout_);
  }

  Loss loss(const TensorBatch& batch, const LossOptions& options) override {
    const RecurrentStack::Output out = read(batch["tokens"], {}, unpacked(batch.carry));
    Loss loss = token_loss(output_(dropout_(out.outputs, 1)), batch["targets"], -1, options);
    loss.carry = packed(out.states);
    return loss;
  }

  // tokens i64 [B,T] -> log-probabilities [B,T], each row from an empty state
  Tensor score(const TensorBatch& batch) override {
    const Tensor& tokens = batch["tokens"];
    const Tensor before = contiguous(slice(tokens, 1, 0, tokens.size(1) - 1));  // [B,T-1]
    return next_token_scores(output_(read(before, {}, {}).outputs), tokens, batch["tokens_lengths"]);
  }

  std::string_view input() const override { return "tokens"; }
  bool continues_input() const override { return true; }
  std::unique_ptr<State> begin(const TensorBatch& batch) override {
    auto state = std::make_unique<Writing>();
    const Tensor &tokens = batch["tokens"], &lengths = batch["tokens_lengths"];
    if (tokens.size(1) > 1) {
      const Tensor before = lengths - Tensor::full({}, 1, DType::i64);
      state->layers = read(tokens, before, {}).states;
    }
    return state;
  }
  // ids i64 [R] -> logits [R,V]
  Tensor step(State& state, const Tensor& ids) override {
    auto& at = static_cast<Writing&>(state);
    RecurrentStack::Output out = read(unsqueeze(ids, 1), {}, at.layers);
    at.layers = std::move(out.states);
    return output_(select(out.outputs, 1, 0));
  }
  void reorder(State& state, const Tensor& rows, const Tensor& /*sentences*/) override {
    for (Tensors& layer : static_cast<Writing&>(state).layers) {
      for (Tensor& part : layer) part = index_rows(part, rows);
    }
  }

 private:
  struct Writing final : State {
    std::vector<Tensors> layers;  // for each layer, the parts [R,C] of its state; empty at the beginning
  };

  // ids i64 [B,T] -> outputs [B,T,C] and the states after them
  RecurrentStack::Output read(const Tensor& ids, const Tensor& lengths, const std::vector<Tensors>& states) const {
    return layers_(dropout_(embedding_(ids)), lengths, states);
  }

  // The state as one list of tensors, and back.
  static Tensors packed(const std::vector<Tensors>& layers) {
    Tensors all;
    for (const Tensors& layer : layers) all.insert(all.end(), layer.begin(), layer.end());
    return all;
  }
  std::vector<Tensors> unpacked(const Tensors& all) const {
    const auto parts = static_cast<std::size_t>(layers_.state_parts());
    std::vector<Tensors> layers(all.size() / parts);
    for (std::size_t i = 0; i < all.size(); ++i) layers[i / parts].push_back(all[i]);
    return layers;
  }

  Embedding embedding_;
  RecurrentStack layers_;
  Linear output_;
  Dropout dropout_;
};
}  // namespace

STRATA_PLUGIN("char-lm", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Model, CharLm>("char_lm", "recurrent language model over a stream of tokens (Mikolov et al., 2010)",
                               {.feed = "stream"});
});
