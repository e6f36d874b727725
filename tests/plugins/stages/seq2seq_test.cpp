// The encoder-decoder: padding, alignment, refusals, bf16 beside f32, the same bits twice.
#include "plugins/stages/seq2seq.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/nn/attention.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/shape.hpp"
#include "throws.hpp"

using namespace strata_test;
using strata::test::check_throws;

namespace {

constexpr std::int64_t kWords = 40, kWidth = 32;
const char* const kAttentions[] = {R"("additive")", R"("dot")", R"("general")", R"("concat")"};

std::vector<std::string> recipes() {
  std::vector<std::string> out;
  for (const char* attention : kAttentions) out.push_back(recipe("lstm", attention, kWidth));
  out.push_back(recipe("gru", R"("additive")", kWidth, R"("tie": "target")", true, 2));
  out.push_back(recipe("rnn", R"("general")", kWidth, R"("reverse_source": true)"));
  out.push_back(recipe("lstm", "", kWidth, R"("bridge": "copy", "reverse_source": true)", false, 2));
  out.push_back(recipe("gru", "", kWidth));
  out.push_back(recipe("lstm", R"({"type": "linear", "heads": 4})", kWidth));   // the examples
  out.push_back(recipe("sru", R"("general")", kWidth, R"("bridge": "copy")"));  // its output is no part of its memory
  return out;
}

double loss_of(Model& model, const Pairs& pairs) {
  const NoGrad none;
  return model.loss(batch_of(pairs), {}).sum.item();
}

// Loss and gradients in training, dropout and all.
std::vector<std::vector<double>> trained_once(Model& model, const Pairs& pairs, std::int64_t step) {
  const ContextScope scope;
  context().training = true;
  context().random_step = Tensor::from(std::vector<std::int64_t>{step}, {});
  const Tensor loss = model.loss(batch_of(pairs), {.label_smoothing = 0.1}).sum;
  for (const NamedParameter& one : model.parameters()) one.parameter.value().set_grad({});
  backward(loss);
  std::vector<std::vector<double>> out{{loss.item()}};
  for (const NamedParameter& one : model.parameters()) out.push_back(one.parameter.value().grad().to_doubles());
  return out;
}

double norm(const std::vector<double>& values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares);
}

// Reads only itself.
class Inward final : public Attention {
 public:
  std::int64_t context_width() const override { return 1; }
  Memory prepare(const Tensor&, const Tensor&, const Mask&) override { return {}; }
  Attended attend(const Tensor& query, const Memory&, const Mask&) override { return {query, {}}; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(seq2seq)

BOOST_AUTO_TEST_CASE(a_sentence_alone_and_in_a_batch_has_one_loss) {
  constexpr std::uint64_t kSeed = 31;
  for (const char* kernels : {"plain", "best"}) {
    const Kernels scope(kernels);
    for (const std::string& json : recipes()) {
      const auto model = make_model(json, kWords, DType::f32);
      Rng rng(kSeed, json);
      double worst = 0;
      for (int round = 0; round < 3; ++round) {
        const Pairs pairs = random_pairs(rng, 7, 13, kWords);
        const NoGrad none;
        const Tensor scores = require<Scorer>(*model, "Scorer", "test").score(batch_of(pairs));
        double total = 0;
        for (std::size_t i = 0; i < pairs.size(); ++i) {
          const double alone = loss_of(*model, {pairs[i]});
          const auto at = static_cast<std::int64_t>(i);
          double within = 0;
          for (const double score : slice(scores, 0, at, at + 1).to_doubles()) within -= score;
          worst = std::max(worst, std::abs(within - alone) / alone);
          total += alone;
        }
        worst = std::max(worst, std::abs(loss_of(*model, pairs) - total) / total);
      }
      check_within(std::string(kernels) + " " + json + ", seed " + std::to_string(kSeed), worst, 1e-5);
    }
  }
}

BOOST_AUTO_TEST_CASE(weights_are_a_distribution_over_the_source) {
  Rng rng(5, "alignment");
  const Pairs pairs = random_pairs(rng, 5, 9, kWords);
  for (const char* kernels : {"plain", "best"}) {
    const Kernels scope(kernels);
    const NoGrad none;
    for (const char* attention : kAttentions) {
      const auto model = make_model(recipe("lstm", attention, kWidth), kWords, DType::f32);
      auto& generator = require<Generator>(*model, "Generator", "test");
      const TensorBatch batch = batch_of(pairs);
      const auto state = generator.begin(batch);
      BOOST_TEST(!generator.alignment(*state).defined());
      generator.step(*state, select(batch["target_in"], 1, 0));
      BOOST_TEST(!generator.alignment(*state).defined());  // not asked for
      {
        const ContextScope capture;
        context().capture_weights = true;
        generator.step(*state, select(batch["target_in"], 1, 0));
        const Tensor weights = generator.alignment(*state);
        BOOST_REQUIRE(weights.defined());
        BOOST_REQUIRE((weights.shape() == batch["source"].shape()));
        BOOST_TEST((weights.dtype() == DType::f32));
        const std::vector<double> all = weights.to_doubles();
        const std::size_t time = all.size() / pairs.size();
        double worst = 0;
        for (std::size_t i = 0; i < pairs.size(); ++i) {
          double total = 0;
          for (std::size_t k = 0; k < time; ++k) {
            const double weight = all[i * time + k];
            if (k > pairs[i].source.size()) BOOST_TEST(weight == 0);  // beyond </s>
            BOOST_TEST(weight >= 0);
            total += weight;
          }
          worst = std::max(worst, std::abs(total - 1));
        }
        check_within(std::string(kernels) + " " + attention + ": sum of weights", worst, 1e-6);
      }
      generator.step(*state, select(batch["target_in"], 1, 0));
      BOOST_TEST(!generator.alignment(*state).defined());  // those of the step before are none of this one
    }
  }
}

// Reading a source backwards, or its mirror image forwards, is the same; only that weights and encoder outputs are told
// in the order in which the user wrote.
BOOST_AUTO_TEST_CASE(reversal_is_invisible_outside) {
  const Kernels scope("best");
  const NoGrad none;
  const Pair straight{{4, 5, 6, 7}, {8, 9}}, other{{11, 12}, {8}};
  const auto forwards = make_model(recipe("gru", R"("additive")", kWidth, "", false), kWords, DType::f64);
  const auto backwards =
      make_model(recipe("gru", R"("additive")", kWidth, R"("reverse_source": true)", false), kWords, DType::f64);
  const TensorBatch batch = batch_of({straight, other});
  TensorBatch mirrored = batch;
  mirrored.put("source", Tensor::from(std::vector<std::int64_t>{kEnd, 7, 6, 5, 4, kEnd, 12, 11, kPad, kPad}, {2, 5}));
  BOOST_TEST(difference({backwards->loss(batch, {}).sum.item()}, {forwards->loss(mirrored, {}).sum.item()}) < 1e-13);
  const ContextScope capture;
  context().capture_weights = true;
  const auto weights = [&](Model& model, const TensorBatch& source) {
    auto& generator = require<Generator>(model, "Generator", "test");
    const auto state = generator.begin(source);
    generator.step(*state, select(batch["target_in"], 1, 0));
    return generator.alignment(*state).to_doubles();
  };
  const std::vector<double> a = weights(*backwards, batch), b = weights(*forwards, mirrored);
  const std::vector<double> in_order = {b[4], b[3], b[2], b[1], b[0], b[7], b[6], b[5], 0, 0};
  check_within("weights", difference(a, in_order), 1e-7);
  const auto encoded = [](Model& model, const TensorBatch& source) {
    return require<Encoder>(model, "Encoder", "test").encode(source);
  };
  const Tensor x = encoded(*backwards, batch), y = encoded(*forwards, mirrored);
  check_within(
      "first word's state",
      difference(slice(slice(x, 0, 0, 1), 1, 0, 1).to_doubles(), slice(slice(y, 0, 0, 1), 1, 4, 5).to_doubles()),
      1e-14);
}

BOOST_AUTO_TEST_CASE(misfits_are_refused_by_name) {
  plugins().add<Attention, Inward>("inward", "reads only itself", {.causal = true});
  const auto make_of = [](const std::string& json) { make_model(json, kWords, DType::f32); };
  check_throws([&] { make_of(recipe("lstm", R"("inward")", 8)); }, "E_MODEL_ATTENTION", "seq2seq", "'inward'");
  const std::string unequal = R"({"type": "seq2seq", "encoder": {"hidden": 6}, "decoder": {"hidden": 8, )";
  check_throws([&] { make_of(unequal + R"("attention": "dot"}})"); }, "E_CONFIG_ATTENTION", "attention/dot",
               "the query is 8 wide, the memory 6");
  make_of(unequal + R"("attention": "general"}})");
  check_throws([&] { make_of(unequal + R"("layers": 1}, "bridge": "copy"})"); }, "E_CONFIG_BRIDGE", "model/bridge",
               "1 layers of lstm 6, the decoder 1 layers of lstm 8");
  check_throws([&] { make_of(R"({"type": "seq2seq", "encoder": {"cell": "gru"}, "bridge": "copy"})"); },
               "E_CONFIG_BRIDGE", "model/bridge", "1 layers of gru 512, the decoder 1 layers of lstm 512");
  check_throws([&] { make_of(recipe("lstm", R"("aditive")", 8)); }, "E_CONFIG_COMPONENT",
               "recipe.json:/decoder/attention", "additive");
}

// bf16 keeps 8 bits: a rounding is 2^-9 (0.2 %) of a number, and their signs are random, so that the sum of some
// hundred of them in a loss is right to far below that, while a gradient, a chain of ten rounded steps, is off by a few
// of them.
BOOST_AUTO_TEST_CASE(bf16_is_near_f32) {
  for (const char* kernels : {"plain", "best"}) {
    const Kernels scope(kernels);
    for (const std::string& json : recipes()) {
      const auto model = make_model(json, kWords, DType::f32);
      Rng rng(8, json);
      const Pairs pairs = random_pairs(rng, 6, 10, kWords);
      const auto full = trained_once(*model, pairs, 1);
      const ContextScope precision;
      context().compute = DType::bf16;
      const auto half = trained_once(*model, pairs, 1);
      check_within(std::string(kernels) + " loss of " + json, std::abs(half[0][0] / full[0][0] - 1), 5e-4);
      const std::vector<NamedParameter> parameters = model->parameters();
      double largest = 0, worst = 0;
      for (std::size_t i = 1; i < full.size(); ++i) {
        BOOST_TEST((parameters[i - 1].parameter.value().grad().dtype() == DType::f32));
        largest = std::max(largest, norm(full[i]));
      }
      for (std::size_t i = 1; i < full.size(); ++i) {
        std::vector<double> apart = half[i];
        for (std::size_t k = 0; k < apart.size(); ++k) apart[k] -= full[i][k];
        worst = std::max(worst, norm(apart) / largest);
      }
      check_within("gradients, beside the largest", worst, 2e-2);
    }
  }
}

BOOST_AUTO_TEST_CASE(two_runs_have_the_same_bits) {
  for (const char* kernels : {"plain", "best"}) {
    const Kernels scope(kernels);
    for (const DType compute : {DType::f32, DType::bf16}) {
      context().compute = compute;
      for (const char* attention : {R"("additive")", R"("general")", ""}) {
        std::string json = recipe("lstm", attention, kWidth, "", true, 2);
        json.replace(json.find(R"("dropout": 0)"), 12, R"("dropout": 0.3)");
        Rng rng(9, json);
        const Pairs pairs = random_pairs(rng, 6, 10, kWords);
        const auto one = make_model(json, kWords, DType::f32), two = make_model(json, kWords, DType::f32);
        const auto first = trained_once(*one, pairs, 1);
        BOOST_TEST((first == trained_once(*two, pairs, 1)), kernels << " " << json);
        BOOST_TEST((first == trained_once(*one, pairs, 1)), "again: " << kernels << " " << json);
        BOOST_TEST((first[0] != trained_once(*one, pairs, 2)[0]));  // another step, another mask
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
