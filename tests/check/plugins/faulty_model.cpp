// A model that writes with the last word and the mean of the source, with one planted mistake (option "fault"), or
// none.
#include <strata/autograd/context.hpp>
#include <strata/model/model.hpp>
#include <strata/nn/layers.hpp>
#include <strata/ops/elementwise.hpp>
#include <strata/ops/fused.hpp>
#include <strata/ops/index.hpp>
#include <strata/ops/reduce.hpp>
#include <strata/ops/shape.hpp>
#include <strata/plugin.hpp>
#include <strata/text/vocabulary.hpp>

#include <string>

namespace {
using namespace strata;

constexpr std::int64_t kWidth = 32;

struct Writing final : Generator::State {
  Tensor topic;  // [R,C]
};

class FaultyModel final : public Model, public Generator, public Scorer, public Encoder {
 public:
  using Facts = Model::Facts;
  struct Options {
    std::string fault = "none";
    double dropout = 0;
    void visit(auto& option) {
      option("fault", fault, "the mistake");
      option("dropout", dropout, "probability on the words and on the topic").min(0).below(0.5);
    }
  };
  FaultyModel(const Options& options, const Facts& facts)
      : fault_(options.fault),
        source_(facts.sizes.at("source"), kWidth, 1, kPad),
        target_(facts.sizes.at("target"), kWidth, 1, kPad),
        output_(kWidth, facts.sizes.at("target")),
        dropout_(options.dropout),
        topic_dropout_(options.dropout) {
    child("source", source_);
    child("target", target_);
    child("output", output_);
    child("dropout", dropout_);
    child("topic_dropout", topic_dropout_);
  }

  Loss loss(const TensorBatch& batch, const LossOptions& options) override {
    Loss loss;
    loss.sum = sum(losses(batch, options.label_smoothing));
    if (fault_ == "mean") loss.sum = loss.sum / static_cast<double>(batch["target_out"].numel());
    const bool smoothed = options.label_smoothing > 0 && fault_ != "smoothed";
    loss.parts.push_back(
        {fault_ == "parts" ? "cost" : "loss", smoothed ? sum(losses(batch, 0)).detach() : loss.sum.detach()});
    return loss;
  }
  std::vector<std::string> depth() const override {
    if (fault_ == "levels") return {"source", "nowhere"};
    return Model::depth();
  }
  double weight(const Batch& batch) const override {
    return static_cast<double>(fault_ == "weight" ? batch["target_out"].shape.numel() : batch.tokens);
  }
  std::unique_ptr<State> begin(const TensorBatch& batch) override {
    auto state = std::make_unique<Writing>();
    state->topic = topic(batch);
    shared_ = state->topic;
    return state;
  }
  Tensor step(State& state, const Tensor& ids) override {
    const Tensor& about = fault_ == "shared" ? shared_ : static_cast<Writing&>(state).topic;
    return logits(ids, slice(about, 0, 0, ids.size(0)));
  }
  void reorder(State& state, const Tensor& rows, const Tensor&) override {
    auto& at = static_cast<Writing&>(state);
    const std::int64_t before = at.topic.size(0), after = rows.size(0);
    // The last rows stay instead of those that are named.
    at.topic =
        fault_ == "reorder" && after < before ? slice(at.topic, 0, before - after, before) : index_rows(at.topic, rows);
  }
  Tensor score(const TensorBatch& batch) override { return losses(batch, 0) * (fault_ == "scores" ? 1.0 : -1.0); }
  Tensor encode(const TensorBatch& batch) override {
    const Tensor states = source_(batch["source"]);
    return fault_ == "states" ? states + mean(states, {0, 1}, true) : states;
  }
  std::int64_t width() const override { return source_.weight().shape()[1] + (fault_ == "width" ? 1 : 0); }

 private:
  Tensor topic(const TensorBatch& batch) const {
    const Tensor embedded = source_(batch["source"]);
    const Tensor count = fault_ == "padding"
                             ? Tensor::full({batch["source"].size(0), 1}, static_cast<double>(batch["source"].size(1)))
                             : cast(reshape(batch["source_lengths"], {batch["source"].size(0), 1}), DType::f32);
    const Tensor about = sum(embedded, {1}) / cast(count, embedded.dtype() == DType::f64 ? DType::f64 : DType::f32);
    return as_compute(fault_ == "shared mask" ? dropout_(about) : topic_dropout_(about));
  }
  Tensor logits(const Tensor& ids, const Tensor& about) const {
    const Tensor known = dropped(target_(ids) + about);
    return output_(tanh(fault_ == "cut" ? known.detach() : known));
  }
  Tensor dropped(const Tensor& x) const {
    const ContextScope scope;
    if (fault_ == "evaluation") context().training = true;
    return dropout_(x);
  }
  Tensor losses(const TensorBatch& batch, double smoothing) const {
    return softmax_xent(logits(batch["target_in"], unsqueeze(topic(batch), 1)), batch["target_out"], smoothing, kPad);
  }

  std::string fault_;
  Embedding source_, target_;
  Linear output_;
  Dropout dropout_, topic_dropout_;
  Tensor shared_;
};
}  // namespace

STRATA_PLUGIN("faulty-model", "1.0",
              [](strata::Registry& r) { r.add<strata::Model, FaultyModel>("faulty", "a small model with a mistake"); });
