// Every attention that is found, of this house and of others: what reads another sequence works in the encoder-decoder
// and in the Transformer, what does not is refused by name. A new plugin joins this test by existing.
#include <algorithm>

#include "plugins/stages/transformer.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/autograd/profile.hpp"
#include "strata/nn/attention.hpp"
#include "strata/nn/sequence_layer.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/shape.hpp"
#include "throws.hpp"

using namespace strata_test;

namespace {

constexpr std::int64_t kWords = 20, kWidth = 16;  // 8 heads divide it
const Pairs kPairs = {{{4, 5, 6}, {7, 8, 4, 4}}, {{8}, {5}}, {{7, 12, 4, 5, 6}, {6, 5}}};

// Only those of plugins: tests of this program may have registered their own.
std::vector<std::string> attentions() {
  std::vector<std::string> names;
  for (const ComponentInfo& info : plugins().components("attention")) {
    if (!info.plugin.file.empty()) names.push_back(info.name);
  }
  return names;
}

Attention::Traits traits_of(const std::string& name) {
  return plugins().make<Attention>(name, {kWidth, kWidth})->traits();
}

std::string recipe_of(const std::string& name) {
  return recipe("lstm", "\"" + name + "\"", kWidth, R"("bridge": "zero")");
}

void reaches_its_parameters(Model& model, const std::string& name) {
  backward(model.loss(batch_of(kPairs), {}).sum);
  int own = 0;
  for (const NamedParameter& one : model.parameters()) {
    if (one.name.find("decoder.attention.") == std::string::npos && one.name.find("encoder.") == std::string::npos)
      continue;
    ++own;
    const bool given = one.parameter.value().grad().defined();
    BOOST_TEST(given, name << ": no gradient for " << one.name);
    if (!given) continue;
    const std::vector<double> gradient = one.parameter.value().grad().to_doubles();
    // A bias of keys shifts every score alike, and softmax takes no notice of it.
    const bool idle = name != "linear" && one.name.find("attention.key.bias") != std::string::npos;
    BOOST_TEST((idle || std::any_of(gradient.begin(), gradient.end(), [](double v) { return v != 0; })),
               name << ": the gradient of " << one.name << " is zero");
  }
  BOOST_TEST_MESSAGE("  " << own << " parameters of attention and encoder have gradients");
}

void steps_equal_the_whole(Model& model, const std::string& name) {
  const NoGrad none;
  const TensorBatch batch = batch_of(kPairs);
  auto& generator = require<Generator>(model, "Generator", "test");
  const auto state = generator.begin(batch);
  double total = 0;
  for (std::int64_t t = 0; t < batch["target_in"].size(1); ++t) {
    const Tensor logits = generator.step(*state, contiguous(select(batch["target_in"], 1, t)));
    for (const double loss :
         softmax_xent(logits, contiguous(select(batch["target_out"], 1, t)), 0, kPad).to_doubles()) {
      total += loss;
    }
  }
  check_within("  " + name + ": steps and the whole", difference({total}, {model.loss(batch, {}).sum.item()}), 1e-10);
}

// Ops that one step takes, and the weights that it says.
std::pair<std::int64_t, Tensor> step_with(Model& model, bool capture) {
  const NoGrad none;
  context().capture_weights = capture;
  auto& generator = require<Generator>(model, "Generator", "test");
  const TensorBatch batch = batch_of(kPairs);
  const auto state = generator.begin(batch);
  Profile profile;
  context().profile = &profile;
  generator.step(*state, contiguous(select(batch["target_in"], 1, 0)));
  std::int64_t calls = 0;
  for (const auto& [key, row] : profile.rows()) calls += std::get<2>(key) == "view" ? 0 : row.calls;
  return {calls, generator.alignment(*state)};
}

void weights_when_asked(Model& model, const std::string& name, bool promised) {
  const auto [plain, nothing] = step_with(model, false);
  const auto [captured, weights] = step_with(model, true);
  BOOST_TEST_MESSAGE("  " << name << ": " << plain << " op calls a step, " << captured << " with weights");
  BOOST_TEST(!nothing.defined(), name << " gives weights that nobody asked for");
  BOOST_TEST(weights.defined() == promised);
  BOOST_TEST(plain <= captured);  // what only weights need is left out where they are not wanted
  if (!promised) BOOST_TEST(plain == captured);
  if (!weights.defined()) return;
  BOOST_REQUIRE((weights.shape() == batch_of(kPairs)["source"].shape()));
  const std::vector<double> all = weights.to_doubles();
  const std::size_t time = all.size() / kPairs.size();
  for (std::size_t i = 0; i < kPairs.size(); ++i) {
    double total = 0;
    for (std::size_t k = 0; k < time; ++k) {
      total += all[i * time + k];
      if (k > kPairs[i].source.size()) BOOST_TEST(all[i * time + k] == 0);  // beyond </s>
    }
    BOOST_TEST(std::abs(total - 1) < 1e-6);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(attention_everywhere)

BOOST_AUTO_TEST_CASE(in_the_encoder_decoder_or_refused_by_name) {
  const Kernels scope("best");
  int cross = 0, refused = 0;
  for (const std::string& name : attentions()) {
    const Attention::Traits traits = traits_of(name);
    if (!traits.cross) {
      strata::test::check_throws([&] { make_model(recipe_of(name), kWords, DType::f64); }, "E_MODEL_ATTENTION",
                                 "seq2seq", "'" + name + "'");
      ++refused;
      continue;
    }
    const auto model = make_model(recipe_of(name), kWords, DType::f64);
    reaches_its_parameters(*model, name);
    steps_equal_the_whole(*model, name);
    weights_when_asked(*model, name, traits.weights);
    ++cross;
  }
  BOOST_TEST_MESSAGE(cross << " attentions run in seq2seq, " << refused << " are refused");
  BOOST_TEST(cross >= 5);
  BOOST_TEST(refused >= 1);
}

// The same plugin file in the Transformer, by one line of the recipe: as the decoder's view of the source, and for all
// three places where it can write a sequence, too.
BOOST_AUTO_TEST_CASE(in_the_transformer_or_refused_by_name) {
  const Kernels scope("best");
  int cross = 0, everywhere = 0, refused = 0;
  for (const std::string& name : attentions()) {
    const Attention::Traits traits = traits_of(name);
    const std::string quoted = "\"" + name + "\"";
    const std::string of_source = transformer_recipe({.width = kWidth, .block = R"("cross_attention": )" + quoted});
    if (!traits.cross) {
      strata::test::check_throws([&] { make_model(of_source, kWords, DType::f64); }, "E_MODEL_ATTENTION",
                                 "block/transformer", "'" + name + "'");
    } else {
      const auto model = make_model(of_source, kWords, DType::f64);
      steps_equal_the_whole(*model, name);
      weights_when_asked(*model, name, traits.weights);
      ++cross;
    }
    const std::string of_all = transformer_recipe({.width = kWidth, .attention = quoted});
    if (traits.cross && traits.causal && traits.incremental) {
      steps_equal_the_whole(*make_model(of_all, kWords, DType::f64), name + " everywhere");
      ++everywhere;
    } else {
      strata::test::check_throws([&] { make_model(of_all, kWords, DType::f64); }, "E_MODEL_ATTENTION",
                                 "block/transformer", "'" + name + "'");
      ++refused;
    }
  }
  BOOST_TEST_MESSAGE(cross << " attentions read the source, " << everywhere << " stand everywhere, " << refused
                           << " are refused there");
  BOOST_TEST(cross >= 6);
  BOOST_TEST(everywhere >= 1);
  BOOST_TEST(refused >= 3);
}

// A layer between the encoder and what attends to it.
class Halves final : public SequenceLayer {
 public:
  Halves(const NoOptions&, const Facts&) {}
  Tensor operator()(const Tensor& x, const Tensor&) const override { return x * 0.5; }
};

BOOST_AUTO_TEST_CASE(an_adapter_stands_before_the_attention_that_reads_it) {
  plugins().add<SequenceLayer, Halves>("halves", "for this test");
  const Kernels scope("best");
  const NoGrad none;
  const auto with = make_model(recipe("lstm", R"("additive")", kWidth, R"("adapter": "halves")"), kWords, DType::f64);
  const auto without = make_model(recipe("lstm", R"("additive")", kWidth), kWords, DType::f64);
  const auto states = [](Model& model) {
    return dynamic_cast<strata::Encoder&>(model).encode(batch_of(kPairs)).to_doubles();
  };
  std::vector<double> halved = states(*without);
  for (double& value : halved) value *= 0.5;
  check_within("encoder states behind the adapter", difference(states(*with), halved), 1e-15);
  BOOST_TEST(with->loss(batch_of(kPairs), {}).sum.item() != without->loss(batch_of(kPairs), {}).sum.item());
  strata::test::check_throws(
      [] { make_model(recipe("lstm", "", kWidth, R"("adapter": "halves")"), kWords, DType::f32); }, "E_CONFIG_ADAPTER",
      "model/adapter", "which attention alone reads");
}

BOOST_AUTO_TEST_SUITE_END()
