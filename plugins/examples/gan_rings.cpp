// Adversarial training in one file (Goodfellow et al., 2014, "Generative adversarial nets"): a generator turns noise
// into points of the plane, and a discriminator learns to tell them from points of the data. The data are a mixture of
// Gaussians on a ring, of which a generator that is trained badly leaves out some (Metz et al., 2017, "Unrolled
// generative adversarial networks"). The penalty on the discriminator's gradient at the points of the data makes the
// training converge (Mescheder et al., 2018, "Which training methods for GANs do actually converge?").
// Legend: B points of a batch, Z width of the noise, C width of a hidden layer.
#include <strata/core/rng.hpp>
#include <strata/data/dataset.hpp>
#include <strata/model/answerer.hpp>
#include <strata/model/model.hpp>
#include <strata/nn/layers.hpp>
#include <strata/ops/elementwise.hpp>
#include <strata/ops/matmul.hpp>
#include <strata/ops/reduce.hpp>
#include <strata/ops/shape.hpp>
#include <strata/plugin.hpp>
#include <strata/tensor/context.hpp>
#include <strata/train/train_loop.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>

namespace {
using namespace strata;

// The dataset: Gaussians of equal weight whose means are evenly spaced on a circle around the origin.
class Rings final : public Dataset {
 public:
  struct Options {
    std::int64_t modes = 8, train = 50000, valid = 2000, seed = 1;
    double radius = 2, sigma = 0.02;
    void visit(auto& option) {
      option("modes", modes, "number of Gaussians").range(1, 1000);
      option("radius", radius, "distance of their means from the origin").min(0);
      option("sigma", sigma, "standard deviation of each of them along both axes").above(0);
      option("train", train, "number of points for training").range(1, 10000000);
      option("valid", valid, "number of points for validation (0: there is no split valid)").range(0, 10000000);
      option("seed", seed, "seed of the points").min(0);
    }
  };
  explicit Rings(const Options& options) : options_(options) {}

  // The point, and the Gaussian that it is drawn from: its mean and its standard deviation.
  std::vector<FieldInfo> fields() const override {
    return {{.name = "point", .kind = FieldKind::numbers, .shape = {2}},
            {.name = "mode", .kind = FieldKind::numbers, .shape = {3}}};
  }
  std::vector<std::string> splits() const override {
    return options_.valid > 0 ? std::vector<std::string>{"train", "valid"} : std::vector<std::string>{"train"};
  }
  std::unique_ptr<ExampleReader> open(std::string_view split) const override {
    const bool training = split == "train";
    if (!training && (split != "valid" || options_.valid == 0)) {
      throw Error("E_DATA_SPLIT", "[rings] split " + printable(split, 60), "there is no such split",
                  options_.valid > 0 ? "known: train, valid" : "known: train; option valid makes another one");
    }
    return std::make_unique<Reader>(options_, split, training ? options_.train : options_.valid);
  }

 private:
  class Reader final : public ExampleReader {
   public:
    Reader(const Options& options, std::string_view split, std::int64_t count)
        : options_(options),
          random_(static_cast<std::uint64_t>(options.seed), "rings/" + std::string(split)),
          count_(count) {}
    bool next(Example& example) override {
      if (index_ == count_) return false;
      const auto modes = static_cast<std::uint64_t>(options_.modes);
      const double turn = static_cast<double>(random_.below(modes)) / static_cast<double>(modes);
      const double angle = turn * 6.283185307179586;
      const double x = options_.radius * std::cos(angle), y = options_.radius * std::sin(angle);
      const double dx = options_.sigma * random_.normal(), dy = options_.sigma * random_.normal();
      example.fields.resize(2);
      example.fields[0].numbers = {static_cast<float>(x + dx), static_cast<float>(y + dy)};
      example.fields[1].numbers = {static_cast<float>(x), static_cast<float>(y), static_cast<float>(options_.sigma)};
      example.index = index_++;
      example.continues = false;
      return true;
    }

   private:
    Options options_;
    Rng random_;
    std::int64_t count_, index_ = 0;
  };

  Options options_;
};

// f32 stays, f64 stays, and what was computed in bf16 or f16 becomes f32.
Tensor wide(const Tensor& x) { return x.dtype() == DType::f64 ? x : cast(x, DType::f32); }

// A multilayer perceptron with ReLU layers.
class Perceptron final : public Layer {
 public:
  Perceptron(std::int64_t in, const std::vector<std::int64_t>& hidden, std::int64_t out) {
    std::int64_t width = in;
    for (const std::int64_t each : hidden) {
      hidden_.push_back(std::make_shared<Linear>(width, each));
      child("hidden" + std::to_string(hidden_.size()), hidden_.back());  // hidden1, hidden2, ...
      width = each;
    }
    child("output", output_ = std::make_shared<Linear>(width, out));
  }

  // [B,in] -> [B,out]
  Tensor operator()(const Tensor& x) const { return output(layers(x), x); }

  // The output, and the gradient of its sum with respect to x. Both are made of recorded ops, so that a loss may
  // depend on the gradient, too. [B,in] -> [B,out], [B,in]
  std::pair<Tensor, Tensor> with_gradient(const Tensor& x) const {
    const Tensors each = layers(x);
    const Tensor out = output(each, x);
    const Tensor last = sum(as_compute(output_->weight()), {0}, true);  // [1,C]
    Tensor gradient = expand(last, {x.size(0), last.size(1)});          // [B,C]
    for (std::size_t i = each.size(); i-- > 0;) {
      const Tensor zero = Tensor::zeros({}, each[i].dtype());
      const Tensor positive = cast(less(zero, each[i]), zero.dtype());           // the derivative of ReLU, [B,C]
      gradient = matmul(gradient * positive, as_compute(hidden_[i]->weight()));  // [B,C] -> [B,width of the input]
    }
    return {out, wide(gradient)};
  }

  // The type of its parameters: f32, or f64 in checks.
  DType dtype() const { return output_->weight().value().dtype(); }

 private:
  // The hidden layers, each [B,C].
  Tensors layers(const Tensor& x) const {
    Tensors each;
    for (const auto& layer : hidden_) {
      each.push_back((*layer)(each.empty() ? cast(x, dtype()) : each.back(), Activation::relu));
    }
    return each;
  }
  Tensor output(const Tensors& each, const Tensor& x) const {
    return wide((*output_)(each.empty() ? cast(x, dtype()) : each.back()));
  }

  std::vector<std::shared_ptr<Linear>> hidden_;
  std::shared_ptr<Linear> output_;
};

// Squared distances of all pairs: [B,2], [N,2] -> [B,N].
Tensor squared_distances(const Tensor& a, const Tensor& b) {
  const Tensor apart = unsqueeze(a, 1) - unsqueeze(b, 0);  // [B,N,2]
  return sum(apart * apart, {2});
}

// The mean distance of all pairs: [B,2], [N,2] -> 0-d. The gradient of a root is infinite at zero, which is the
// distance of a point from itself, so that 1e-12 is added below the root.
Tensor mean_distance(const Tensor& a, const Tensor& b) { return mean(sqrt(squared_distances(a, b) + 1e-12)); }

// The energy distance of two samples of the same size (Szekely and Rizzo, 2013, "Energy statistics"),
//   2 E|a - b| - E|a - a'| - E|b - b'|,
// which is zero for equal distributions alone. The means over pairs within a sample are over different points, so that
// the estimate has no bias and may be slightly below zero; a sample of one point has no such pairs.
Tensor energy_distance(const Tensor& a, const Tensor& b) {
  const auto count = static_cast<double>(a.size(0));
  const double pairs = count / std::max(count - 1, 1.0);  // 1e-6 of a point with itself does not matter
  return mean_distance(a, b) * 2.0 - (mean_distance(a, a) + mean_distance(b, b)) * pairs;
}

// The generator. It draws as many points as a batch has, and the loss compares them with those of the batch.
class RingGenerator final : public Model {
 public:
  struct Options {
    std::int64_t noise = 8;
    std::vector<std::int64_t> hidden{128, 128};
    void visit(auto& option) {
      option("noise", noise, "width of the noise, whose values are uniform in [-1, 1)").range(1, 65536);
      option("hidden", hidden, "widths of the ReLU layers, from the noise on").range(1, 65536);
    }
  };

  RingGenerator(const Options& options, const Facts& facts)
      : noise_(options.noise), layers_(noise_, options.hidden, 2) {
    child("layers", layers_);
    if (facts.sizes.shape("point").numel() == 2) return;
    throw Error("E_MODEL_SIZE", "[ring_generator]",
                "a point of the data has " + std::to_string(facts.sizes.shape("point").numel()) + " numbers",
                "the points of the model have 2");
  }

  // Draws points from noise [count,Z], which depends on the random step of the context. -> [count,2]
  Tensor draw(std::int64_t count) const { return layers_(uniform({count, noise_}, random_key()) * 2.0 - 1.0); }

  // The energy distance between the points of the batch and as many drawn ones. The part "correct" counts the drawn
  // points within three standard deviations of a mean that occurs in the batch. Outside of training, the noise depends
  // on the points of the batch alone, so that a validation can be repeated.
  Loss loss(const TensorBatch& batch, const LossOptions&) override {
    const ContextScope scope;
    const Tensor points = cast(batch["point"], layers_.dtype()), modes = cast(batch["mode"], layers_.dtype());
    if (!context().training) context().random_step = cast(round(sum(points) * 4096.0), DType::i64);
    const std::int64_t count = points.size(0);
    const Tensor drawn = draw(count);
    Loss out;
    out.sum = energy_distance(drawn, points) * static_cast<double>(count);
    const NoGrad none;
    const Tensor reach = reshape(slice(modes, 1, 2, 3) * 3.0, {1, count});
    const Tensor far = less(reach * reach, squared_distances(drawn, slice(modes, 1, 0, 2)));  // [B,B]
    const Tensor near_one = 1.0 - cast(far, DType::f32);
    out.parts = {{"loss", out.sum.detach()}, {"correct", sum(max(near_one, 1))}};
    return out;
  }

 private:
  std::int64_t noise_;
  Perceptron layers_;
};

// The verb: `echo 1000 | strata draw RUN` prints as many points.
class Draw final : public Answerer {
 public:
  struct Options {
    std::int64_t seed = 1;
    void visit(auto& option) { option("seed", seed, "seed of the noise").min(0); }
  };

  Draw(const Options& options, const Facts& facts)
      : Answerer(facts.feed),
        seed_(options.seed),
        model_(facts.model),
        generator_(require<RingGenerator>(*model_, "RingGenerator", facts.place)) {}

  std::vector<FieldInfo> fields() const override { return {{.name = "count", .one_line = true}}; }
  std::int64_t chunk() const override { return 1; }

  void answer(std::span<const Example> examples, const Each& each) override {
    for (const Example& one : examples) {
      const std::int64_t count = count_of(one);
      const ContextScope scope;
      context().recording = false;
      const auto noise = hash64(static_cast<std::uint64_t>(seed_), "draw/" + std::to_string(one.index));
      context().random_step = Tensor::from(std::vector<std::int64_t>{static_cast<std::int64_t>(noise)}, {});
      const std::vector<double> values = generator_.draw(count).to_doubles();
      std::vector<Answer> answers;
      for (std::size_t i = 0; i < values.size(); i += 2) {
        const Config json = Config::object({{"x", values[i]}, {"y", values[i + 1]}});
        answers.push_back({std::to_string(values[i]) + " " + std::to_string(values[i + 1]), json});
      }
      each(answers);
    }
  }

 private:
  static constexpr std::int64_t kMost = 100000;  // points of one example, all of which are in memory

  static std::int64_t count_of(const Example& example) {
    const std::string& text = example.fields.at(0).text;
    std::int64_t count = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (fault == std::errc() && end == text.data() + text.size() && count >= 1 && count <= kMost) return count;
    throw Error("E_DATA_FORMAT", "line " + std::to_string(example.index + 1),
                "\"" + printable(text, 60) + "\" is no number of points",
                "a line has a number from 1 to " + std::to_string(kMost));
  }

  std::int64_t seed_;
  std::shared_ptr<Model> model_;
  RingGenerator& generator_;
};

// log(1 + exp(x)), without overflow.
Tensor softplus(const Tensor& x) { return relu(x) + log(exp(-abs(x)) + 1.0); }

struct GanOptions {
  // The recipe has them as train.phases.discriminator and train.phases.generator.
  struct Phases {
    PhaseOptions discriminator, generator;
    void visit(auto& option) {
      option("discriminator", discriminator, "options of the discriminator's updates");
      option("generator", generator, "options of the generator's updates");
    }
  };
  Phases phases;
  std::vector<std::int64_t> hidden{128, 128};
  double penalty = 0.1;
  std::int64_t discriminator_updates = 1;
  LoopOptions loop;

  void visit(auto& option) {
    option("phases", phases, "options of the two kinds of updates");
    option("hidden", hidden, "widths of the ReLU layers of the discriminator, from the point on").range(1, 65536);
    option("penalty", penalty,
           "factor of half the squared norm of the discriminator's gradient at points of the data (0: no penalty)")
        .min(0);
    option("discriminator_updates", discriminator_updates,
           "number of updates of the discriminator before each one of the generator")
        .range(1, 1000);
    loop.visit(option);
  }
};

// Two losses that take turns. D is the logit with which the discriminator says that a point is of the data, x are
// points of the data and y drawn ones:
//   discriminator   mean of softplus(-D(x)) + softplus(D(y)) + penalty / 2 |dD(x)/dx|^2
//   generator       mean of softplus(-D(y)), the non-saturating loss (Goodfellow et al., 2014, section 3)
// The generator's phase needs no more of a batch than its number of points.
class GanObjective final : public Objective {
 public:
  GanObjective(const std::shared_ptr<Model>& model, const GanOptions& options)
      : Objective(model),
        options_(options),
        generator_(std::dynamic_pointer_cast<RingGenerator>(model)),
        discriminator_(2, options.hidden, 1) {
    child("discriminator", discriminator_);
    if (generator_ != nullptr) return;
    throw Error("E_MODEL_CAPABILITY", "train.type", "\"gan\" trains the model \"ring_generator\", and this is another",
                "set model.type to ring_generator");
  }

  static constexpr std::size_t kGenerator = 1;  // position in phases()
  std::vector<Phase> phases() const override {
    return {{.name = "discriminator",
             .options = options_.phases.discriminator,
             .parameters = {"objective.discriminator"},
             .updates = options_.discriminator_updates},
            {.name = "generator", .options = options_.phases.generator, .parameters = {"layers"}}};
  }

  Loss loss(const TensorBatch& batch, std::size_t phase) override {
    const Tensor& points = batch["point"];
    const Tensor logits = discriminator_(generator_->draw(points.size(0)));  // [B,1]
    Loss out;
    if (phase == kGenerator) {
      out.sum = sum(softplus(-logits));
      out.parts = {{"loss", out.sum.detach()}};
      return out;
    }
    const auto [real, gradient] = discriminator_.with_gradient(points);  // [B,1], [B,2]
    const Tensor steepness = sum(gradient * gradient);
    out.sum = sum(softplus(-real)) + sum(softplus(logits)) + steepness * (options_.penalty / 2);
    out.parts = {{"loss", out.sum.detach()}, {"gan/squared_gradient", steepness.detach()}};
    return out;
  }

 private:
  const GanOptions& options_;
  std::shared_ptr<RingGenerator> generator_;
  Perceptron discriminator_;
};

class GanTrainer final : public Trainer {
 public:
  using Options = GanOptions;
  GanTrainer(const Options& options, const Facts& facts) : options_(options) {
    options.loop.require_limit(facts.place);
  }

  EndReport run(const TrainJob& job) override {
    GanObjective objective(job.model, options_);
    return TrainLoop(options_.loop, job, objective).run();
  }
  // The shapes of the discriminator's state depend on its widths.
  ResumeRules resume_rules() const override {
    ResumeRules rules = LoopOptions::resume_rules({"phases.discriminator", "phases.generator"});
    rules.fixed.insert(rules.fixed.end(), {"hidden", "discriminator_updates"});
    return rules;
  }

 private:
  Options options_;
};
}  // namespace

STRATA_PLUGIN("gan-rings", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Dataset, Rings>("rings", "points of a mixture of Gaussians on a circle; generated data");
  r.add<strata::Model, RingGenerator>("ring_generator", "perceptron that draws points of the plane from noise",
                                      {.feed = "rows"});
  r.add<strata::Answerer, Draw>("draw", "Draws points. For each line, a number of points, it prints as many: x y.",
                                strata::answers_with<RingGenerator>("RingGenerator", "draws points with it"));
  r.add<strata::Trainer, GanTrainer>("gan", "adversarial training of ring_generator (Goodfellow et al., 2014)");
});
