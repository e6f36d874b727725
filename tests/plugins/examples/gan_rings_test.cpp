// The example gan_rings: the points of the dataset against their distribution, both losses of the adversarial training
// and their gradients against the formulas and differences in float64, which parameters a phase changes, runs that are
// stopped or killed and continued, and what the verb draws.
#include <fstream>
#include <map>
#include <numeric>
#include <random>
#include <sstream>

#include "framework/data/folder.hpp"
#include "framework/ops/check.hpp"
#include "plugins/load.hpp"
#include "plugins/stages/seq2seq.hpp"
#include "strata/checkpoint/safetensors.hpp"
#include "strata/core/philox.hpp"
#include "strata/data/dataset.hpp"
#include "strata/ops/random.hpp"
#include "strata/run/answer_run.hpp"
#include "strata/run/train_run.hpp"
#include "strata/train/observer.hpp"

using namespace strata;
using strata::test::check_close;
using strata_test::check_error;
using strata_test::Folder;

namespace {

constexpr std::int64_t kSeed = 3, kNoise = 3, kPoints = 24;
constexpr double kPenalty = 0.7;
const std::string kRings = R"({"type": "rings", "modes": 5, "radius": 1.5, "sigma": 0.3, "train": 24, "valid": 0})";

using Numbers = std::vector<double>;

std::vector<Example> read(const Dataset& dataset, const std::string& split) {
  std::vector<Example> all;
  const auto reader = dataset.open(split);
  for (Example one; reader->next(one);) all.push_back(one);
  return all;
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  BOOST_REQUIRE_MESSAGE(file.good(), path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A perceptron by loops: weights and biases of one layer after the other in one list.
struct Net {
  std::vector<std::size_t> widths;
  Numbers values;

  // Reads PREFIX.hidden1.weight [out,in], PREFIX.hidden1.bias, ..., PREFIX.output.bias.
  Net(const std::string& path, const std::string& prefix, std::vector<std::size_t> wide) : widths(std::move(wide)) {
    const SafetensorsFile file(path);
    for (std::size_t layer = 1; layer < widths.size(); ++layer) {
      const std::string name = layer + 1 < widths.size() ? "hidden" + std::to_string(layer) : "output";
      for (const char* part : {".weight", ".bias"}) {
        const SafetensorsFile::Entry* entry = file.find(prefix + "." + name + part);
        BOOST_REQUIRE_MESSAGE(entry != nullptr, prefix + "." + name + part);
        const Numbers some = file.read(*entry).to_doubles();
        values.insert(values.end(), some.begin(), some.end());
      }
    }
  }

  Numbers operator()(Numbers x) const {
    auto at = values.begin();
    for (std::size_t layer = 1; layer < widths.size(); ++layer) {
      const auto in = static_cast<std::ptrdiff_t>(widths[layer - 1]), out = static_cast<std::ptrdiff_t>(widths[layer]);
      Numbers y(at + in * out, at + in * out + out);  // the biases
      for (double& sum : y) {
        sum = std::inner_product(x.begin(), x.end(), at, sum);
        at += in;
        if (layer + 1 < widths.size()) sum = std::max(sum, 0.0);
      }
      at += out;
      x = y;
    }
    return x;
  }
};

// The norm of the gradient of `function` with respect to `values`, by central differences.
double gradient_norm(Numbers& values, const std::function<double()>& function) {
  constexpr double kStep = 1e-6;
  double total = 0;
  for (double& value : values) {
    const double before = value;
    value = before + kStep;
    const double above = function();
    value = before - kStep;
    const double slope = (above - function()) / (2 * kStep);
    value = before;
    total += slope * slope;
  }
  return std::sqrt(total);
}

// The noise of the model for so many points in a step with this number.
std::vector<Numbers> noise_of(std::uint64_t step, std::int64_t points) {
  const ContextScope scope;
  context().random_step = Tensor::from(std::vector<std::int64_t>{static_cast<std::int64_t>(step)}, {});
  const Numbers all = uniform({points, kNoise}, {hash64(kSeed, ""), 0}).to_doubles();
  std::vector<Numbers> rows;
  for (auto at = all.begin(); at != all.end(); at += kNoise) {
    rows.emplace_back(at, at + kNoise);
    for (double& value : rows.back()) value = 2 * value - 1;
  }
  return rows;
}
// That of an update, counted from 1, by the loop's number for the first batch of an update on the first process.
std::vector<Numbers> noise_of_update(std::uint64_t update) { return noise_of(hash64(update, "0/0"), kPoints); }

double softplus(double x) { return std::log1p(std::exp(x)); }

// more: further options of the trainer; rate: learning rate of both phases.
Config recipe_of(int updates, const std::string& rate, const std::string& more = "") {
  const std::string phase = R"({"optimizer": {"type": "adam", "lr": )" + rate + "}}";
  return parse_json(R"({"seed": 3, "data": )" + kRings + R"(,
    "model": {"type": "ring_generator", "noise": 3, "hidden": [7, 6]}, "feed": {"type": "rows", "batch_size": 24},
    "train": {"type": "gan", "hidden": [6, 5], "penalty": 0.7, "max_updates": )" +
                        std::to_string(updates) + R"(, "report_every": 1, "keep_checkpoints": 0,
              "phases": {"discriminator": )" +
                        phase + R"(, "generator": )" + phase + "}" + more + "}}",
                    "recipe.json");
}

struct Reports final : Observer {
  std::vector<UpdateReport> updates;
  std::int64_t kill_at = 0;  // > 0: the observer ends the run there
  void update(const UpdateReport& report) override {
    updates.push_back(report);
    if (report.update == kill_at) throw Error("E_TEST_KILLED", "[test]", "the run ends here");
  }
  double value(std::size_t update, const std::string& name) const {
    for (const NamedValue& one : updates.at(update - 1).values) {
      if (one.name == name) return one.value;
    }
    BOOST_FAIL("there is no " + name);
    return 0;
  }
};

EndReport train(const Config& recipe, const std::string& output, Observer* observer = nullptr) {
  return train_run(recipe, {output, observer, {}}, {strata_test::plugins(), nullptr});
}

const std::string kModel = "/model.safetensors", kState = "/optimizer.safetensors";

Numbers discriminator_of(const std::string& checkpoint) {
  return Net(checkpoint + kState, "objective.discriminator", {2, 6, 5, 1}).values;
}

std::shared_ptr<Model> make_generator() {
  auto model = strata_test::make<Model>(R"({"type": "ring_generator", "noise": 3, "hidden": [7]})",
                                        {Sizes{{"point", {2}}, {"mode", {3}}}});
  model->materialise(kSeed, DType::f64);
  return model;
}

TensorBatch batch_of_six() {
  TensorBatch batch;
  batch.put("point", strata::test::random_tensor({6, 2}));
  Numbers modes;
  for (int i = 0; i < 6; ++i) modes.insert(modes.end(), {i % 2 == 0 ? 0.1 : -0.7, 0.2, i % 2 == 0 ? 0.12 : 0.05});
  batch.put("mode", Tensor::from(modes, {6, 3}));
  return batch;
}

double distance(const double* a, const double* b) { return std::hypot(a[0] - b[0], a[1] - b[1]); }

// The mean distance of pairs from [n,2] and [m,2], without pairs of a point with itself when both are the same.
double mean_distance(const Numbers& a, const Numbers& b) {
  double total = 0, pairs = 0;
  for (std::size_t i = 0; i < a.size(); i += 2) {
    for (std::size_t k = 0; k < b.size(); k += 2) {
      if (&a == &b && i == k) continue;
      total += distance(&a[i], &b[k]);
      pairs += 1;
    }
  }
  return total / pairs;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gan_rings)

BOOST_AUTO_TEST_CASE(points_are_of_the_mixture) {
  const auto dataset = strata_test::make<Dataset>(
      R"({"type": "rings", "modes": 5, "radius": 1.5, "sigma": 0.2, "train": 20000, "valid": 100})");
  const std::vector<Example> train = read(*dataset, "train"), valid = read(*dataset, "valid");
  BOOST_REQUIRE_EQUAL(train.size(), 20000U);
  BOOST_REQUIRE_EQUAL(valid.size(), 100U);
  BOOST_TEST(train[0].fields[0].numbers != valid[0].fields[0].numbers);
  Numbers counts(5);
  double sums[2] = {}, squares[2] = {}, product = 0;
  for (const Example& one : train) {
    const std::vector<float>&point = one.fields[0].numbers, &mode = one.fields[1].numbers;
    BOOST_REQUIRE((point.size() == 2 && mode.size() == 3 && mode[2] == 0.2F));
    const double turn = std::atan2(mode[1], mode[0]) / (2 * M_PI) * 5, nearest = std::round(turn);
    BOOST_REQUIRE(std::abs(turn - nearest) < 1e-5);
    BOOST_REQUIRE(std::abs(std::hypot(mode[0], mode[1]) - 1.5) < 1e-6);
    counts[static_cast<std::size_t>(nearest < 0 ? nearest + 5 : nearest)] += 1;
    double z[2];
    for (std::size_t axis = 0; axis < 2; ++axis) {
      z[axis] = (static_cast<double>(point[axis]) - static_cast<double>(mode[axis])) / 0.2;
      sums[axis] += z[axis];
      squares[axis] += z[axis] * z[axis];
    }
    product += z[0] * z[1];
  }
  // Five standard deviations of each estimate from 20,000 points.
  for (const double count : counts) BOOST_TEST(std::abs(count - 4000) < 5 * std::sqrt(20000 * 0.2 * 0.8));
  for (std::size_t axis = 0; axis < 2; ++axis) {
    BOOST_TEST(std::abs(sums[axis]) < 5 * std::sqrt(20000));
    BOOST_TEST(std::abs(squares[axis] - 20000) < 5 * std::sqrt(2 * 20000));
  }
  BOOST_TEST(std::abs(product) < 5 * std::sqrt(20000));
  check_error([&] { (void)dataset->open("test"); }, "E_DATA_SPLIT", "[rings] split test", "known: train, valid");
  const auto without = strata_test::make<Dataset>(kRings);
  BOOST_TEST((without->splits() == std::vector<std::string>{"train"}));
  check_error([&] { (void)without->open("valid"); }, "E_DATA_SPLIT", "[rings] split valid", "option valid");
}

BOOST_AUTO_TEST_CASE(loss_is_the_energy_distance) {
  const auto model = make_generator();
  const TensorBatch batch = batch_of_six();
  const Numbers points = batch["point"].to_doubles(), modes = batch["mode"].to_doubles();
  std::map<std::string, Numbers> of;
  for (const NamedParameter& one : model->parameters()) of[one.name] = one.parameter.value().to_doubles();
  const ContextScope scope;
  for (const bool training : {true, false}) {
    context().training = training;
    context().random_step = Tensor::from(std::vector<std::int64_t>{12}, {});
    const Loss got = model->loss(batch, {});
    // Outside of training the number of the step comes from the points.
    const double sum = std::accumulate(points.begin(), points.end(), 0.0);
    const auto step = training ? 12 : static_cast<std::int64_t>(std::nearbyint(sum * 4096));
    context().random_step = Tensor::from(std::vector<std::int64_t>{step}, {});
    const Numbers noise = uniform({6, kNoise}, {hash64(kSeed, ""), 0}).to_doubles();
    Numbers drawn;
    double correct = 0;
    for (std::size_t row = 0; row < 6; ++row) {
      Numbers hidden = of.at("layers.hidden1.bias"), out = of.at("layers.output.bias");
      for (std::size_t o = 0; o < 7; ++o) {
        for (std::size_t i = 0; i < 3; ++i) {
          hidden[o] += of.at("layers.hidden1.weight")[o * 3 + i] * (2 * noise[row * 3 + i] - 1);
        }
        for (std::size_t axis = 0; axis < 2; ++axis) {
          out[axis] += of.at("layers.output.weight")[axis * 7 + o] * std::max(hidden[o], 0.0);
        }
      }
      drawn.insert(drawn.end(), out.begin(), out.end());
      bool good = false;
      for (std::size_t k = 0; k < 6; ++k) {
        good = good || distance(out.data(), &modes[3 * k]) <= 3 * modes[3 * k + 2];
      }
      correct += good ? 1 : 0;
    }
    const double expected =
        6 * (2 * mean_distance(drawn, points) - mean_distance(drawn, drawn) - mean_distance(points, points));
    BOOST_REQUIRE_EQUAL(got.parts.size(), 2U);
    BOOST_TEST((got.parts[0].name == "loss" && got.parts[1].name == "correct"));
    BOOST_TEST_MESSAGE("energy distance " << expected / 6 << ", correct " << correct);
    check_close({got.sum.item(), got.parts[0].sum.item()}, {expected, expected}, 1e-5);
    BOOST_TEST(got.parts[1].sum.item() == correct);
    BOOST_TEST((correct > 0 && correct < 6));
  }
}

BOOST_AUTO_TEST_CASE(gradients_of_the_energy_distance) {
  const strata_test::Kernels scope("plain");
  const auto model = make_generator();
  const std::vector<NamedParameter> parameters = model->parameters();
  Tensors leaves;
  for (const NamedParameter& one : parameters) leaves.push_back(one.parameter.value());
  const TensorBatch batch = batch_of_six();
  strata::test::check_gradients(
      [&](std::span<const Tensor> values) {
        for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].parameter.state().value = values[i];
        return Tensors{model->loss(batch, {}).sum};
      },
      leaves);
}

// With a learning rate of zero, the checkpoint has the weights with which the reported losses were computed.
BOOST_AUTO_TEST_CASE(both_losses_and_their_gradients_equal_the_formulas) {
  const Folder folder;
  Reports reports;
  train(recipe_of(2, "0"), folder.path("run"), &reports);
  BOOST_REQUIRE_EQUAL(reports.updates.size(), 2U);
  Net discriminator(folder.path("run/latest") + kState, "objective.discriminator", {2, 6, 5, 1});
  Net generator(folder.path("run/latest") + kModel, "layers", {kNoise, 7, 6, 2});
  const std::vector<Example> data = read(*strata_test::make<Dataset>(kRings), "train");

  double squared = 0;  // mean squared gradient of the discriminator at the points of the data
  const auto discriminator_loss = [&] {
    double total = 0;
    squared = 0;
    for (const Example& one : data) {
      Numbers point(one.fields[0].numbers.begin(), one.fields[0].numbers.end());
      total += softplus(-discriminator(point)[0]) / kPoints;
      const double norm = gradient_norm(point, [&] { return discriminator(point)[0]; });
      squared += norm * norm / kPoints;
    }
    for (const Numbers& noise : noise_of_update(1)) total += softplus(discriminator(generator(noise))[0]) / kPoints;
    return total + kPenalty / 2 * squared;
  };
  const double loss = discriminator_loss(), at_data = squared;
  check_close({reports.value(1, "loss/discriminator"), reports.value(1, "gan/squared_gradient")}, {loss, at_data},
              1e-5);
  const double steepness = gradient_norm(discriminator.values, discriminator_loss);
  BOOST_TEST_MESSAGE("discriminator: loss " << loss << ", norm of its gradient " << steepness);
  check_close({reports.value(1, "gradient_norm/discriminator")}, {steepness}, 1e-5);

  const auto generator_loss = [&] {
    double total = 0;
    for (const Numbers& noise : noise_of_update(2)) total += softplus(-discriminator(generator(noise))[0]) / kPoints;
    return total;
  };
  check_close({reports.value(2, "loss/generator")}, {generator_loss()}, 1e-5);
  check_close({reports.value(2, "gradient_norm/generator")}, {gradient_norm(generator.values, generator_loss)}, 1e-5);
}

BOOST_AUTO_TEST_CASE(a_phase_changes_its_own_parameters_alone) {
  const Folder folder;
  train(recipe_of(4, "1e-2", R"(, "discriminator_updates": 2, "checkpoint_every": 1)"), folder.path("run"));
  std::vector<std::string> models;
  std::vector<Numbers> discriminators;
  for (int update = 1; update <= 4; ++update) {
    const std::string checkpoint = folder.path("run/checkpoint-" + std::to_string(update));
    models.push_back(bytes_of(checkpoint + kModel));
    discriminators.push_back(discriminator_of(checkpoint));
  }
  // The discriminator's updates are 1, 2 and 4, the generator's is 3.
  BOOST_TEST((models[0] == models[1] && models[1] != models[2] && models[2] == models[3]));
  BOOST_TEST((discriminators[0] != discriminators[1] && discriminators[1] == discriminators[2] &&
              discriminators[2] != discriminators[3]));
}

BOOST_AUTO_TEST_CASE(a_run_goes_on_where_it_was_stopped_or_killed) {
  const Folder folder;
  const std::string more = R"(, "discriminator_updates": 2, "checkpoint_every": 5, "ema": 0.9)";
  train(recipe_of(24, "1e-2", more), folder.path("whole"));
  const auto same = [&](const std::string& run) {
    for (const std::string& file : {kModel, kState}) {
      BOOST_TEST((bytes_of(folder.path(run + "/latest" + file)) == bytes_of(folder.path("whole/latest" + file))));
    }
  };
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  BOOST_TEST_MESSAGE("seed " << seed);
  for (int round = 0; round < 4; ++round) {
    const std::string stopped = "stopped-" + std::to_string(round), killed = "killed-" + std::to_string(round);
    const auto moment = static_cast<int>(1 + random() % 23);
    BOOST_TEST_CONTEXT("ended at update " << moment) {
      train(recipe_of(moment, "1e-2", more), folder.path(stopped));
      train(recipe_of(24, "1e-2", more), folder.path(stopped));
      same(stopped);
      Reports reports;
      reports.kill_at = moment;
      check_error([&] { train(recipe_of(24, "1e-2", more), folder.path(killed), &reports); }, "E_TEST_KILLED", "[test]",
                  "the run ends here");
      train(recipe_of(24, "1e-2", more), folder.path(killed));
      same(killed);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_verb_draws_points_of_the_generator) {
  const Folder folder;
  train(recipe_of(4, "1e-2"), folder.path("run"));
  const Net generator(folder.path("run/latest") + kModel, "layers", {kNoise, 7, 6, 2});
  const LoadedModel loaded = load_model(folder.path("run"), "latest", {strata_test::plugins(), nullptr});
  const auto draw = make_answerer(parse_json(R"({"type": "draw", "seed": 5})", "test"), loaded, strata_test::plugins());
  const auto answers_to = [&](const std::vector<std::string>& lines, std::int64_t first) {
    std::vector<Example> examples(lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      set_texts(examples[i], {lines[i]}, first + static_cast<std::int64_t>(i));
    }
    std::vector<std::vector<Answer>> all;
    draw->answer(examples, [&](const std::vector<Answer>& answers) { all.push_back(answers); });
    return all;
  };
  const std::vector<std::vector<Answer>> two = answers_to({"3", "2"}, 0);
  BOOST_REQUIRE((two.size() == 2 && two[0].size() == 3 && two[1].size() == 2));
  for (std::size_t line = 0; line < 2; ++line) {
    const auto count = static_cast<std::int64_t>(two[line].size());
    const std::vector<Numbers> noise = noise_of(hash64(5, "draw/" + std::to_string(line)), count);
    for (std::size_t i = 0; i < noise.size(); ++i) {
      const Numbers point = generator(noise[i]);
      const Config& json = two[line][i].json;
      check_close({json.at("x").real(), json.at("y").real()}, point, 1e-6);
      std::istringstream text(two[line][i].text);
      double x = 0, y = 0;
      BOOST_TEST((text >> x >> y && (text >> std::ws).eof()));
      check_close({x, y}, point, 2e-6);
    }
  }
  // An answer depends on the number of the line, and not on the other lines.
  BOOST_TEST(answers_to({"2"}, 1)[0][1].text == two[1][1].text);
  BOOST_TEST(answers_to({"2"}, 0)[0][1].text == two[0][1].text);
  for (const char* line : {"", "x", "0", "-1", "2 3", "1e3", "100001", "99999999999999999999"}) {
    check_error([&] { (void)answers_to({line}, 6); }, "E_DATA_FORMAT", "line 7", "a number from 1 to 100000");
  }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_an_error) {
  const Folder folder;
  Config recipe = recipe_of(4, "1e-2");
  recipe.put("data", parse_json(R"({"type": "samples", "name": "dates", "train": 20, "valid": 2, "test": 2})", "test"));
  recipe.put("tokenizer", "characters");
  recipe.put("feed", "pairs");
  recipe.put("model", "seq2seq");
  check_error([&] { train(recipe, folder.path("other")); }, "E_MODEL_CAPABILITY", "train.type", "ring_generator");
  check_error(
      [] {
        (void)strata_test::make<Model>(R"("ring_generator")", {Sizes{{"point", {3}}, {"mode", {3}}}});
      },
      "E_MODEL_SIZE", "[ring_generator]", "has 3 numbers");
  train(recipe_of(2, "1e-2"), folder.path("run"));
  recipe = recipe_of(4, "1e-2", R"(, "discriminator_updates": 3)");
  check_error([&] { train(recipe, folder.path("run")); }, "E_CONFIG_RESUME", "recipe.json:/train/discriminator_updates",
              "");
}

BOOST_AUTO_TEST_SUITE_END()
