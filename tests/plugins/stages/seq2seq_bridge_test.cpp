// The decoder's first state, by hand: two layers of rnn on each side, no attention, so that the source is known to the
// decoder by the bridge alone.
#include <map>

#include "plugins/stages/seq2seq.hpp"
#include "strata/ops/shape.hpp"

using namespace strata_test;

namespace {

constexpr std::int64_t kWords = 9, kWidth = 3;
using Vector = std::vector<double>;

struct ByHand {
  std::map<std::string, Vector> parameters;

  explicit ByHand(Model& model) {
    for (const NamedParameter& one : model.parameters()) parameters[one.name] = one.parameter.value().to_doubles();
  }
  // W x + b
  Vector product(const std::string& weight, const std::string& bias, const Vector& x) const {
    const Vector &w = parameters.at(weight), &b = parameters.at(bias);
    Vector out = b;
    for (std::size_t i = 0; i < out.size(); ++i) {
      for (std::size_t j = 0; j < x.size(); ++j) out[i] += w[i * x.size() + j] * x[j];
    }
    return out;
  }
  // h' = tanh(W x + U h + b)
  Vector step(const std::string& layer, const Vector& x, const Vector& hidden) const {
    Vector out = product(layer + ".weight_ih", layer + ".bias_ih", x);
    const Vector more = product(layer + ".weight_hh", layer + ".bias_hh", hidden);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::tanh(out[i] + more[i]);
    return out;
  }
  Vector embedded(const std::string& side, std::int32_t id) const {
    const Vector& all = parameters.at(side + ".embedding.weight");
    return {all.begin() + id * kWidth, all.begin() + (id + 1) * kWidth};
  }
  // Logits after <s>.
  Vector first_logits(const Ids& source, const std::string& bridge) const {
    Vector states[2] = {Vector(kWidth, 0), Vector(kWidth, 0)};
    for (const std::int32_t id : source) {
      Vector x = embedded("encoder", id);
      for (const int layer : {0, 1}) {
        x = states[layer] = step("encoder.stack.layers." + std::to_string(layer), x, states[layer]);
      }
    }
    Vector x = embedded("decoder", kStart);
    for (const int layer : {0, 1}) {
      Vector first(kWidth, 0);
      if (bridge == "copy") first = states[layer];
      if (bridge == "project") {
        const std::string name = "decoder.bridge." + std::to_string(layer);
        first = product(name + ".weight", name + ".bias", states[1]);  // of the last layer
        for (double& one : first) one = std::tanh(one);
      }
      x = step("decoder.layers." + std::to_string(layer), x, first);
    }
    return product("decoder.generator.weight", "decoder.generator.bias", x);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(seq2seq_bridge)

BOOST_AUTO_TEST_CASE(the_first_state_of_two_layers) {
  for (const char* kernels : {"plain", "best"}) {
    const Kernels scope(kernels);
    const NoGrad none;
    for (const std::string bridge : {"project", "copy", "zero"}) {
      const auto model =
          make_model(recipe("rnn", "", kWidth, R"("bridge": ")" + bridge + R"(")", false, 2), kWords, DType::f64);
      auto& generator = require<Generator>(*model, "Generator", "test");
      const TensorBatch batch = batch_of({{{4, 5, 6}, {7}}, {{8}, {7}}});
      const auto state = generator.begin(batch);
      const Vector logits = generator.step(*state, select(batch["target_in"], 1, 0)).to_doubles();
      const ByHand hand(*model);
      Vector expected = hand.first_logits({4, 5, 6, kEnd}, bridge);
      const Vector second = hand.first_logits({8, kEnd}, bridge);
      expected.insert(expected.end(), second.begin(), second.end());
      check_within(bridge + " " + kernels, difference(logits, expected), 1e-13);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
