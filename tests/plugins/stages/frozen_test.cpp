// Models with frozen parts: these get no gradient, all others get the one that they had, and no kernel needs the
// gradient of an input that nobody asks for.
#include <algorithm>
#include <map>

#include "plugins/stages/transformer.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/autograd/profile.hpp"

using namespace strata_test;

namespace {

constexpr std::int64_t kWords = 20, kWidth = 16;
const Pairs kPairs = {{{4, 5, 6}, {7, 8, 4, 4}}, {{8}, {5}}, {{7, 12, 4, 5, 6}, {6, 5}}};

using Gradients = std::map<std::string, std::vector<double>>;

Gradients gradients_of(Model& model) {
  for (const NamedParameter& one : model.parameters()) one.parameter.value().set_grad({});
  backward(model.loss(batch_of(kPairs), {}).sum);
  Gradients out;
  for (const NamedParameter& one : model.parameters()) {
    if (one.parameter.value().grad().defined()) out[one.name] = one.parameter.value().grad().to_doubles();
  }
  return out;
}

// Freezes each parameter alone, then each level of the model and all below it; the largest difference of a gradient.
double check_frozen(Model& model) {
  const Gradients all = gradients_of(model);
  double worst = 0;
  const auto check = [&](const std::vector<NamedParameter>& frozen) {
    for (const NamedParameter& one : frozen) one.parameter.set_trainable(false);
    const Gradients rest = gradients_of(model);
    for (const auto& [name, gradient] : all) {
      const auto is = [&name = name](const NamedParameter& one) { return one.name == name; };
      BOOST_TEST((std::any_of(frozen.begin(), frozen.end(), is) != rest.contains(name)), name);
    }
    for (const auto& [name, gradient] : rest) {
      for (std::size_t i = 0; i < gradient.size(); ++i) {
        worst = std::max(worst, std::abs(gradient[i] - all.at(name)[i]) / std::max(1.0, std::abs(gradient[i])));
      }
    }
    for (const NamedParameter& one : frozen) one.parameter.set_trainable(true);
  };
  for (const NamedParameter& one : model.parameters()) check({one});
  std::vector<NamedParameter> below;
  const std::vector<std::string> levels = model.depth();
  for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
    for (const NamedParameter& one : model.parameters(levels[i])) below.push_back(one);
    check(below);
  }
  return worst;
}

std::vector<std::string> recipes() {
  std::vector<std::string> all;
  for (const char* cell : {"lstm", "gru", "rnn"}) {
    all.push_back(recipe(cell, R"("additive")", kWidth, R"("bridge": "zero")"));
    all.push_back(recipe(cell, "", kWidth, R"("bridge": "project", "tie": "target")", true, 2));
  }
  all.push_back(recipe("lstm", R"("dot")", kWidth, R"("bridge": "project")"));
  all.push_back(transformer_recipe({.layers = 2}));
  all.push_back(transformer_recipe({.tie = "all"}));
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(frozen)

BOOST_AUTO_TEST_CASE(the_gradients_of_all_others_stay_as_they_were) {
  for (const std::string& json : recipes()) {
    for (const char* kernels : {"plain", "best"}) {
      const Kernels scope(kernels);
      const auto model = make_model(json, kWords, DType::f32);
      const double worst = check_frozen(*model);
      BOOST_TEST_MESSAGE(json << ", " << kernels << " kernels: largest difference " << worst << ", tolerance 1e-5");
      BOOST_TEST(worst <= 1e-5);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_frozen_encoder_has_no_backward) {
  for (const std::string& json : recipes()) {
    const Kernels scope("best");
    const auto model = make_model(json, kWords, DType::f32);
    const auto backwards = [&] {
      Profile profile;
      const ContextScope inner;
      context().profile = &profile;
      (void)gradients_of(*model);
      std::int64_t calls = 0;
      for (const auto& [key, row] : profile.rows()) calls += std::get<1>(key) == "backward" ? row.calls : 0;
      return calls;
    };
    const std::int64_t before = backwards();
    model->set_trainable("encoder", false);
    const std::int64_t after = backwards();
    BOOST_TEST_MESSAGE(json << ": " << before << " backward calls, " << after << " with the encoder frozen");
    BOOST_TEST(after < before);
    const TensorBatch batch = batch_of(kPairs);
    BOOST_TEST(!require<Encoder>(*model, "Encoder", "test").encode(batch).requires_grad());
  }
}

BOOST_AUTO_TEST_SUITE_END()
