// What a model and its capabilities promise (model/model.hpp). Legend: B sentences, Ts, Tt source and target time, V
// target vocabulary.
#include "check/model.hpp"

#include <fmt/format.h>

#include <cmath>

#include "check/randomness.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/core/error.hpp"
#include "strata/data/batch.hpp"
#include "strata/data/corpus.hpp"
#include "strata/model/model.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata::detail {
namespace {

constexpr std::int32_t kSource = 13, kTarget = 11;  // vocabularies
constexpr double kExact = 1e-9;                     // two ways to one sum in f64, of many tokens
// Of the first updates' loss, after a hundred: what learns which words are frequent comes to 0.63 of it.
constexpr double kShare = 0.6;

// Pairs of unequal lengths, the longest first on one side and last on the other.
struct Pair {
  std::vector<std::int32_t> source, target;
};
const std::vector<Pair> kPairs = {{{5, 9, 12, 4, 7}, {6}}, {{8, 4}, {7, 10, 4}}, {{11, 5, 6}, {9, 5, 8, 6}}};

double value_of(const Tensor& scalar) { return cast(scalar, DType::f64).item(); }

class ModelChecks {
 public:
  ModelChecks(const Config& spec, const CheckOptions& options, Registry& registry)
      : spec_(spec), seed_(options.seed), registry_(registry) {
    const auto model = make(DType::f64);
    generates_ = dynamic_cast<Generator*>(model.get()) != nullptr;
    scores_ = dynamic_cast<Scorer*>(model.get()) != nullptr;
    encodes_ = dynamic_cast<Encoder*>(model.get()) != nullptr;
    classifies_ = dynamic_cast<Classifier*>(model.get()) != nullptr;
    tags_ = dynamic_cast<Tagger*>(model.get()) != nullptr;
  }

  std::vector<CheckRow> run(const CheckOptions& options, const Host& host) {
    checks_.measure("capabilities", [&] { return capabilities(); });
    checks_.property("loss", [&] { return loss(); });
    checks_.property("gradients", [&] { return gradients(); });
    checks_.property("levels", [&] { return levels(); });
    checks_.property("batch", [&] { return batch(); });
    if (generates_) {
      checks_.property("steps", [&] { return steps(); });
      checks_.property("reorder", [&] { return reorder(); });
    }
    if (scores_) checks_.property("scores", [&] { return scores(); });
    if (encodes_) checks_.property("states", [&] { return rows_alone("states", &ModelChecks::encoded); });
    if (classifies_) checks_.property("classes", [&] { return rows_alone("logits", &ModelChecks::classified); });
    if (tags_) checks_.property("tags", [&] { return rows_alone("logits", &ModelChecks::tagged); });
    checks_.property("state", [&] { return state(); });
    checks_.property("determinism", [&] { return determinism(); });
    checks_.property("evaluation", [&] { return evaluation(); });
    checks_.property("random keys", [&] { return random_keys(); });
    checks_.property("bf16", [&] { return half(); });
    checks_.property("kernels", [&] { return kernels(); });
    checks_.devices(registry_, [&] {
      const auto model = make(DType::f32);
      return loss_of(*model, whole()).detach();
    });
    checks_.property("file", [&] { return file(); });
    checks_.property("memory", [&] { return memory(); });
    if (options.skip_training) {
      checks_.skip("learning", "left out as asked");
    } else {
      checks_.property("learning", [&] {
        std::vector<std::pair<std::string, Config>> changes{{"model", spec_}};
        if (classifies_ && !generates_) changes.emplace_back("data.name", Config("questions"));
        return check_learning(changes, options, host, kShare);
      });
    }
    return checks_.take();
  }

 private:
  std::shared_ptr<Model> make(DType dtype, std::int64_t seed_more = 0) const { return make(spec_, dtype, seed_more); }
  std::shared_ptr<Model> make(const Config& spec, DType dtype, std::int64_t seed_more) const {
    auto made = registry_.make<Model>(spec, {pair_sizes(kSource, kTarget)});
    made->materialise(static_cast<std::uint64_t>(seed_ + seed_more), dtype);
    return made;
  }
  // What only classifies is given labels, which are one token.
  Batch rows_of(std::size_t first, std::size_t last) const {
    std::vector<EncodedPair> pairs;
    for (std::size_t i = first; i < last; ++i) {
      const std::vector<std::int32_t>& target = kPairs[i].target;
      const std::size_t tokens = classifies_ && !generates_ ? 1 : target.size();
      pairs.push_back({kPairs[i].source, {target.data(), tokens}, static_cast<std::int64_t>(i)});
    }
    return make_pair_batch(pairs);
  }
  TensorBatch batch_of(std::size_t first, std::size_t last) const { return to_tensors(rows_of(first, last)); }
  TensorBatch whole() const { return batch_of(0, kPairs.size()); }
  static Tensor loss_of(Model& model, const TensorBatch& batch) { return model.loss(batch, {}).sum; }

  std::string capabilities() const {
    std::string text;
    for (const std::string& name : capabilities_of(*make(DType::f32))) text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? "none: it can be trained, and nothing else" : text;
  }

  std::string loss() const {
    const auto model = make(DType::f32);
    const Loss found = model->loss(whole(), {});
    require_finite(found.sum, "the loss");
    if (found.sum.rank() != 0) throw CheckFailed{"the loss is " + found.sum.str() + ", where one number is wanted"};
    const double weight = model->weight(rows_of(0, kPairs.size()));
    if (!(weight > 0)) throw CheckFailed{fmt::format("its weight is {}", weight)};
    for (const LossPart& part : found.parts) {
      if (part.name != "loss") continue;
      require_close(part.sum, found.sum.detach(), 1e-6, "the part \"loss\" and the loss without smoothing");
      smoothed(*model, part.sum);
      return fmt::format("{:.3f} over {}, {} parts", value_of(found.sum), weight, found.parts.size());
    }
    throw CheckFailed{"it has no part \"loss\", which validation reads"};
  }

  // Reports show the part "loss" and call e to it the perplexity, so label smoothing belongs in the sum alone.
  void smoothed(Model& model, const Tensor& plain) const {
    for (const LossPart& part : model.loss(whole(), {.label_smoothing = 0.5}).parts) {
      if (part.name != "loss") continue;
      require_close(part.sum, plain, 1e-6, "the part \"loss\" with label smoothing and without");
    }
  }

  // A padding's row stands at zero and gets no gradient, which models build on: it is not moved.
  static Tensor moved(const Tensor& direction, const Tensor& value) {
    if (!value.grad().defined()) return direction;
    std::vector<double> out = direction.to_doubles();
    const std::vector<double> at = value.to_doubles(), gradient = value.grad().to_doubles();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = at[i] == 0 && gradient[i] == 0 ? 0 : out[i];
    return Tensor::from(out, direction.shape());
  }

  // Along one random direction a parameter: a model is too large for every element.
  std::string gradients() const {
    constexpr double kTolerance = 1e-6, kStep = 1e-6;  // a longer step crosses the kinks of relu
    const auto model = make(DType::f64);
    if (model->parameters().empty()) throw CheckFailed{"it has no parameters"};
    backward(loss_of(*model, whole()));
    double worst = 0;
    for (const NamedParameter& one : model->parameters()) {
      const Tensor value = one.parameter.value();
      const Tensor direction = moved(random_input(value.shape(), seed_, one.name), value);
      const double analytic = value.grad().defined() ? value_of(sum(value.grad() * direction)) : 0;
      const NoGrad scope;
      const auto at = [&](double step) {
        one.parameter.state().value = value.detach() + direction * step;
        return value_of(loss_of(*model, whole()));
      };
      const double numeric = (at(kStep) - at(-kStep)) / (2 * kStep);
      one.parameter.state().value = value;
      const double apart = std::abs(analytic - numeric) / std::max(1.0, std::abs(numeric));
      if (!(apart <= kTolerance)) {
        throw CheckFailed{fmt::format("{}: backward says {:g} along a direction, central differences {:g}", one.name,
                                      analytic, numeric)};
      }
      worst = std::max(worst, apart);
    }
    return fmt::format("{} parameters: {}", model->parameters().size(), difference_text(worst, kTolerance));
  }

  // Unfreezing and rates that decay count by levels. A frozen one has no gradients, and takes none from the others.
  std::string levels() const {
    constexpr double kTolerance = 1e-12;
    const auto model = make(DType::f64);
    const std::vector<NamedParameter> all = model->parameters();
    const auto gradients = [&] {
      for (const NamedParameter& one : all) one.parameter.value().set_grad({});
      backward(loss_of(*model, whole()));
      Tensors found;
      for (const NamedParameter& one : all) found.push_back(one.parameter.value().grad());
      return found;
    };
    const Tensors whole_model = gradients();
    const std::vector<std::string> names = model->depth();
    for (const std::string& level : names) {
      std::size_t frozen = 0;
      try {
        frozen = model->parameters(level).size();
      } catch (const Error& error) {
        throw CheckFailed{"depth() says " + level + ": " + error.message()};
      }
      if (frozen == all.size()) continue;
      model->set_trainable(level, false);
      const Tensors rest = gradients();
      for (std::size_t i = 0; i < all.size(); ++i) {
        const std::string what = all[i].name + " with " + level + " frozen";
        if (!all[i].parameter.trainable()) {
          if (rest[i].defined()) throw CheckFailed{what + " gets a gradient"};
        } else if (rest[i].defined() != whole_model[i].defined()) {
          throw CheckFailed{what + " gets no gradient"};
        } else if (rest[i].defined()) {
          require_close(rest[i], whole_model[i], kTolerance, "gradients of " + what + " and without");
        }
      }
      model->set_trainable(level, true);
    }
    return fmt::format("{}, the gradients of the others stay as they are when one is frozen", names.size());
  }

  // Padding and company count for nothing.
  std::string batch() const {
    const auto model = make(DType::f64);
    const Loss all = model->loss(whole(), {});
    double total = 0, weight = 0;
    for (std::size_t i = 0; i < kPairs.size(); ++i) {
      const Loss one = model->loss(batch_of(i, i + 1), {});
      total += value_of(one.sum);
      weight += model->weight(rows_of(i, i + 1));
    }
    const Tensor sums = Tensor::from(std::vector<double>{total, weight}, {2});
    const Tensor found =
        Tensor::from(std::vector<double>{value_of(all.sum), model->weight(rows_of(0, kPairs.size()))}, {2});
    return difference_text(require_close(found, sums, kExact, "loss and weight of a batch and of its rows alone"),
                           kExact);
  }

  // Teacher forcing by steps: -log p of the targets adds up to the loss.
  std::string steps() const {
    const auto model = make(DType::f64);
    auto& generator = dynamic_cast<Generator&>(*model);
    const TensorBatch batch = whole();
    const auto state = generator.begin(batch), other = generator.begin(batch_of(0, 1));
    double total = 0;
    for (std::int64_t t = 0; t < batch["target_in"].size(1); ++t) {
      const Tensor logits = generator.step(*state, contiguous(select(batch["target_in"], 1, t)));
      if (!(logits.shape() == Shape{static_cast<std::int64_t>(kPairs.size()), kTarget})) {
        throw CheckFailed{"step() gives " + logits.shape().str() + ", not a row of V a sentence"};
      }
      (void)generator.step(*other, Tensor::full({1}, kStart, DType::i64));  // a second state must not disturb the first
      total += value_of(sum(softmax_xent(logits, contiguous(select(batch["target_out"], 1, t)), 0, kPad)));
    }
    const double worst = require_close(Tensor::scalar(total, DType::f64), cast(loss_of(*model, batch), DType::f64),
                                       kExact, "-log p of the targets step by step and the loss");
    return difference_text(worst, kExact);
  }

  std::string reorder() const {
    const auto model = make(DType::f64);
    auto& generator = dynamic_cast<Generator&>(*model);
    const auto ids = [](const std::vector<std::int64_t>& values) {
      return Tensor::from(values, {static_cast<std::int64_t>(values.size())});
    };
    // What follows <s> word, of every sentence, in rows that never move.
    const auto after = [&](std::int64_t word) {
      const auto state = generator.begin(whole());
      (void)generator.step(*state, ids({kStart, kStart, kStart}));
      (void)generator.step(*state, ids({word, word, word}));
      return generator.step(*state, ids({6, 7, 8}));
    };
    // Two rows a sentence, which go different ways and change places; then the last sentence leaves.
    const auto state = generator.begin(whole());
    (void)generator.step(*state, ids({kStart, kStart, kStart}));
    generator.reorder(*state, ids({0, 0, 1, 1, 2, 2}), {});
    (void)generator.step(*state, ids({4, 5, 4, 5, 4, 5}));
    generator.reorder(*state, ids({1, 0, 3, 2}), ids({0, 1}));
    const Tensor found = generator.step(*state, ids({6, 6, 7, 7})), four = after(4), five = after(5);
    const Tensor expected =
        concat({slice(five, 0, 0, 1), slice(four, 0, 0, 1), slice(five, 0, 1, 2), slice(four, 0, 1, 2)}, 0);
    return difference_text(
        require_close(found, expected, kExact, "rows repeated, permuted and dropped, and the same rows unmoved"),
        kExact);
  }

  std::string scores() const {
    const auto model = make(DType::f64);
    const Tensor found = dynamic_cast<Scorer&>(*model).score(whole());
    if (!(found.shape() == whole()["target_out"].shape())) throw CheckFailed{"score() gives " + found.shape().str()};
    const double worst = require_close(neg(sum(cast(found, DType::f64))), cast(loss_of(*model, whole()), DType::f64),
                                       kExact, "minus the sum of scores and the loss");
    return difference_text(worst, kExact);
  }

  static Tensor encoded(Model& model, const TensorBatch& batch) {
    auto& encoder = dynamic_cast<Encoder&>(model);
    Tensor states = encoder.encode(batch);
    if (states.rank() == 3 && states.size(2) == encoder.width()) return states;
    throw CheckFailed{"encode() gives " + states.shape().str() + ", and width() is " + std::to_string(encoder.width())};
  }
  static Tensor classified(Model& model, const TensorBatch& batch) {
    return dynamic_cast<Classifier&>(model).classify(batch);
  }
  static Tensor tagged(Model& model, const TensorBatch& batch) { return dynamic_cast<Tagger&>(model).tag(batch); }

  // A capability that reads the source: [B,...] or [B,Ts,...], row by row what it gives alone.
  std::string rows_alone(const std::string& what, Tensor (*read)(Model&, const TensorBatch&)) const {
    const auto model = make(DType::f64);
    const Tensor all = read(*model, whole());
    double worst = 0;
    for (std::size_t i = 0; i < kPairs.size(); ++i) {
      const TensorBatch alone = batch_of(i, i + 1);
      const auto b = static_cast<std::int64_t>(i);
      Tensor row = slice(all, 0, b, b + 1);
      if (row.rank() == 3) row = slice(row, 1, 0, alone["source"].size(1));
      worst = std::max(worst,
                       require_close(row, read(*model, alone), kExact, what + " of a padded row and the same alone"));
    }
    return what + " " + all.shape().str() + ": " + difference_text(worst, kExact);
  }

  std::string state() const {
    const auto model = make(DType::f32);
    const Tensor first = loss_of(*model, whole()).detach();
    (void)loss_of(*model, batch_of(1, 2));
    require_same(loss_of(*model, whole()).detach(), first, "a batch, another, and the first again");
    return "the same bits after another batch";
  }

  // While training, too: what is dropped depends on the step and the layer's path alone.
  std::string determinism() const {
    return check_determinism([&] {
      const ContextScope scope;
      context().training = true;
      const auto model = make(DType::f32);
      return output_and_gradients(*model, {}, loss_of(*model, whole()));
    });
  }

  std::string evaluation() const {
    const Dropping dropping = with_dropout(Model::kRole, spec_, registry_);
    const std::shared_ptr<Model> model = make(dropping.spec, DType::f32, 0);
    const NoGrad scope;
    const std::string text = check_evaluation([&] { return results(*model); });
    return fmt::format("{} options of dropout on: {}", dropping.options, text);
  }

  // All that the model's capabilities compute.
  Tensors results(Model& model) const {
    const TensorBatch batch = whole();
    Tensors out{loss_of(model, batch)};
    if (generates_) {
      auto& generator = dynamic_cast<Generator&>(model);
      const auto state = generator.begin(batch);
      for (std::int64_t t = 0; t < 2; ++t) {
        out.push_back(generator.step(*state, contiguous(select(batch["target_in"], 1, t))));
      }
    }
    if (scores_) out.push_back(dynamic_cast<Scorer&>(model).score(batch));
    if (encodes_) out.push_back(encoded(model, batch));
    if (classifies_) out.push_back(classified(model, batch));
    if (tags_) out.push_back(tagged(model, batch));
    return out;
  }

  std::string random_keys() const {
    const std::shared_ptr<Model> model = make(with_dropout(Model::kRole, spec_, registry_).spec, DType::f32, 0);
    return check_random_keys([&] { (void)loss_of(*model, whole()); });
  }

  std::string half() const {
    constexpr double kTolerance = 4e-2;
    const auto model = make(DType::f32);
    const double full = value_of(loss_of(*model, whole()));
    context().compute = DType::bf16;
    const double rounded = value_of(loss_of(*model, whole())), apart = std::abs(rounded - full) / std::abs(full);
    if (!(apart <= kTolerance)) throw CheckFailed{fmt::format("the loss is {:g} in bf16, {:g} in f32", rounded, full)};
    return difference_text(apart, kTolerance);
  }

  std::string kernels() const {
    const auto model = make(DType::f32);
    return check_kernels([&] { return loss_of(*model, whole()).detach(); });
  }

  std::string file() const {
    const auto one = make(DType::f32), two = make(DType::f32, 1);
    return check_file(*one, *two, [&](bool second) { return loss_of(second ? *two : *one, whole()).detach(); });
  }

  std::string memory() const {
    const auto model = make(DType::f32);
    return check_leak([&] { backward(loss_of(*model, whole())); });
  }

  Config spec_;
  std::int64_t seed_;
  Registry& registry_;
  bool generates_ = false, scores_ = false, encodes_ = false, classifies_ = false, tags_ = false;
  Checks checks_;
};

}  // namespace

std::vector<CheckRow> check_model(const Config& spec, const CheckOptions& options, const Host& host) {
  if (const std::string feed = host.registry.traits<Model>(spec).feed; feed != "pairs") {
    Checks checks;
    checks.skip("all", "the model reads batches of the feed \"" + feed +
                           "\", and the checks have batches of the feed \"pairs\" alone");
    return checks.take();
  }
  return ModelChecks(spec, options, host.registry).run(options, host);
}

}  // namespace strata::detail
