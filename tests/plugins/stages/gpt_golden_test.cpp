// Decoder-only models against transformers (tests/golden/gpt): small random checkpoints of each family, read by the
// family's table of names.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <filesystem>

#include "plugins/load.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/checkpoint/bound_weights.hpp"
#include "strata/core/file.hpp"
#include "strata/decode/search.hpp"
#include "strata/model/model.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

using namespace strata;
using namespace strata_test;

namespace {

constexpr const char* kFolders[] = {"gpt2-a",  "gpt2-b",  "gpt2-c",  "llama-a",   "llama-b",   "llama-c",
                                    "qwen2-a", "qwen2-b", "qwen2-c", "mistral-a", "mistral-b", "mistral-c",
                                    "neox-a",  "neox-b",  "neox-c",  "bloom-a"};

std::shared_ptr<WeightNames> family_of(const Config& json) {
  for (const ComponentInfo& one : plugins().components("weight_names")) {
    auto names = plugins().make<WeightNames>(Config::object({{"type", one.name}}));
    if (names->reads(json)) return names;
  }
  BOOST_FAIL("no family reads this config.json");
  return nullptr;
}

struct Golden {
  explicit Golden(const std::string& name, DType dtype = DType::f32, const char* file = "model.safetensors")
      : folder(std::string(STRATA_SOURCE_DIR) + "/tests/golden/gpt/" + name),
        json(parse_json(read_file(folder + "/config.json"), "config.json")),
        names(family_of(json)),
        spec(names->model(json)),
        expected(parse_json(read_file(folder + "/expected.json"), "expected.json")) {
    sizes.put("tokens", {json.at("vocab_size").integer()});
    spec.put("dropout", 0.0);
    model = plugins().make<Model>(spec, {sizes});
    BoundWeights weights(std::make_shared<Weights>(folder + "/" + file), model->saved(), {.rules = names->rules(spec)});
    model->materialise(1, dtype, &weights);
    BOOST_TEST(weights.report().drawn.empty());
  }

  std::int64_t vocabulary() const { return sizes.at("tokens"); }
  // Tokens [B,T] of the first `time` columns.
  TensorBatch batch(std::int64_t time, bool targets = false) const {
    const auto rows = static_cast<std::int64_t>(expected.at("ids").items().size());
    std::vector<std::int64_t> ids, next, lengths(static_cast<std::size_t>(rows), time);
    for (const Config& row : expected.at("ids").items()) {
      for (std::int64_t t = 0; t < time; ++t) {
        ids.push_back(row.items()[static_cast<std::size_t>(t)].integer());
        const auto after = static_cast<std::size_t>(t + 1);
        next.push_back(after < row.items().size() ? row.items()[after].integer() : -1);
      }
    }
    TensorBatch made;
    made.put("tokens", Tensor::from(ids, {rows, time}));
    if (targets) made.put("targets", Tensor::from(next, {rows, time}));
    made.put("tokens_lengths", Tensor::from(lengths, {rows}));
    return made;
  }
  // The expected logits, flat, and the largest of them.
  std::vector<double> logits() const {
    const Weights file(folder + "/expected.safetensors");
    const Weights::Entry& entry = *file.find("logits");
    std::vector<double> all(static_cast<std::size_t>(entry.shape.numel()));
    file.read(entry, 0, entry.shape.numel(), all.data(), DType::f64);
    return all;
  }

  std::string folder;
  Config json;
  std::shared_ptr<WeightNames> names;
  Config spec, expected;
  Sizes sizes;
  std::shared_ptr<Model> model;
};

// The largest difference to the expected logits after `time` tokens, relative to the largest logit.
double error_at(const Tensor& found, const Golden& golden, const std::vector<double>& all, std::int64_t time) {
  const std::vector<double> values = found.to_doubles();
  const auto rows = found.size(0), count = golden.vocabulary(),
             length = static_cast<std::int64_t>(golden.expected.at("ids").items()[0].items().size());
  double worst = 0, largest = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t v = 0; v < count; ++v) {
      const double right = all[static_cast<std::size_t>((r * length + time - 1) * count + v)];
      worst = std::max(worst, std::abs(right - values[static_cast<std::size_t>(r * count + v)]));
      largest = std::max(largest, std::abs(right));
    }
  }
  return worst / largest;
}

Tensor column(const Tensor& tokens, std::int64_t t) { return select(tokens, 1, t); }

}  // namespace

BOOST_AUTO_TEST_SUITE(gpt_golden)

// Each prompt at once, and token by token behind the first: the logits of every position.
BOOST_AUTO_TEST_CASE(logits_equal_transformers) {
  const NoGrad none;
  for (const char* name : kFolders) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      Golden golden(name, dtype);
      auto& generator = require<Generator>(*golden.model, "Generator", "test");
      const std::vector<double> all = golden.logits();
      const auto length = static_cast<std::int64_t>(golden.expected.at("ids").items()[0].items().size());
      const Tensor tokens = golden.batch(length)["tokens"];
      auto stepped = generator.begin(golden.batch(1));
      double at_once = 0, by_steps = 0;
      for (std::int64_t t = 1; t <= length; ++t) {
        auto state = generator.begin(golden.batch(t));
        at_once = std::max(at_once, error_at(generator.step(*state, column(tokens, t - 1)), golden, all, t));
        by_steps = std::max(by_steps, error_at(generator.step(*stepped, column(tokens, t - 1)), golden, all, t));
      }
      BOOST_TEST(at_once < 1e-5, name << " " << name_of(dtype) << " at once: " << at_once);
      BOOST_TEST(by_steps < 1e-5, name << " " << name_of(dtype) << " by steps: " << by_steps);
    }
  }
}

// Prompts of different lengths in one batch: each row as it is alone.
BOOST_AUTO_TEST_CASE(rows_of_different_lengths_are_as_alone) {
  const NoGrad none;
  for (const char* name : kFolders) {
    Golden golden(name);
    auto& generator = require<Generator>(*golden.model, "Generator", "test");
    const std::vector<double> all = golden.logits();
    const Tensor tokens = golden.batch(9)["tokens"];
    TensorBatch batch;
    batch.put("tokens", tokens);
    batch.put("tokens_lengths", Tensor::from(std::vector<std::int64_t>{4, 9}, {2}));
    auto state = generator.begin(batch);
    const Tensor longer = golden.batch(13)["tokens"];
    for (std::int64_t more = 0; more < 4; ++more) {
      const Tensor ids =
          concat({slice(column(longer, 3 + more), 0, 0, 1), slice(column(longer, 8 + more), 0, 1, 2)}, 0);
      const Tensor logits = generator.step(*state, ids);
      const Tensor first = concat({slice(logits, 0, 0, 1), slice(logits, 0, 0, 1)}, 0),
                   second = concat({slice(logits, 0, 1, 2), slice(logits, 0, 1, 2)}, 0);
      // Row 0 of the first and row 1 of the second are compared; the other rows are of another text.
      const auto row_error = [&](const Tensor& both, std::int64_t row, std::int64_t time) {
        const std::vector<double> values = both.to_doubles();
        double worst = 0, largest = 0;
        for (std::int64_t v = 0; v < golden.vocabulary(); ++v) {
          const double right = all[static_cast<std::size_t>((row * 13 + time - 1) * golden.vocabulary() + v)];
          worst = std::max(worst, std::abs(right - values[static_cast<std::size_t>(v)]));
          largest = std::max(largest, std::abs(right));
        }
        return worst / largest;
      };
      BOOST_TEST(row_error(first, 0, 4 + more) < 1e-5, name << ", short row, " << more << " more");
      BOOST_TEST(row_error(second, 1, 9 + more) < 1e-5, name << ", long row, " << more << " more");
    }
  }
}

BOOST_AUTO_TEST_CASE(greedy_texts_equal_transformers) {
  const NoGrad none;
  for (const char* name : kFolders) {
    Golden golden(name);
    TensorBatch batch;
    const Tensor tokens = slice(golden.batch(13)["tokens"], 0, 0, 1);
    batch.put("tokens", tokens);
    batch.put("tokens_lengths", Tensor::from(std::vector<std::int64_t>{13}, {1}));
    DecodeOptions options;
    options.search = Search::beam;
    options.beam_size = 1;
    options.max_length_ratio = 0;
    options.max_length = 64;
    options.specials = {};
    const auto found = decode(require<Generator>(*golden.model, "Generator", "test"), batch, options);
    const Config::Items &right = golden.expected.at("written").items(),
                        &margins = golden.expected.at("margins").items();
    BOOST_REQUIRE_EQUAL(found[0][0].ids.size(), right.size());
    for (std::size_t i = 0; i < right.size(); ++i) {
      if (found[0][0].ids[i] == right[i].integer()) continue;
      BOOST_TEST(margins[i].real() < 1e-4,
                 name << ": token " << i << " is " << found[0][0].ids[i] << ", not " << right[i].integer());
      break;
    }
  }
}

BOOST_AUTO_TEST_CASE(gradients_of_gpt2_equal_transformers) {
  for (const char* name : {"gpt2-a", "gpt2-b", "gpt2-c"}) {
    for (const char* checkpoint : {"false", "true"}) {
      Golden golden(name);
      golden.spec.put("checkpoint", std::string_view(checkpoint) == "true");
      golden.model = plugins().make<Model>(golden.spec, {golden.sizes});
      BoundWeights weights(std::make_shared<Weights>(golden.folder + "/model.safetensors"), golden.model->saved(),
                           {.rules = golden.names->rules(golden.spec)});
      golden.model->materialise(1, DType::f32, &weights);
      const Golden gradients(name, DType::f32, "gradients.safetensors");
      backward(golden.model->loss(golden.batch(13, true), {}).sum);
      const auto parameters = golden.model->parameters(), right = gradients.model->parameters();
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        const std::vector<double> a = parameters[i].parameter.value().grad().to_doubles(),
                                  b = right[i].parameter.value().to_doubles();
        double worst = 0, largest = 0;
        for (std::size_t k = 0; k < a.size(); ++k) {
          worst = std::max(worst, std::abs(a[k] - b[k]));
          largest = std::max(largest, std::abs(b[k]));
        }
        // A bias of keys has no gradient but roundings, as it shifts all scores of a query alike.
        BOOST_TEST(worst < 1e-4 * std::max(largest, 1e-1),
                   name << " " << parameters[i].name << ": " << worst << " of " << largest);
      }
    }
  }
}

// What is written is what was read: every tensor, and a config.json that gives the same model.
BOOST_AUTO_TEST_CASE(checkpoints_come_back) {
  for (const char* name : kFolders) {
    Golden golden(name);
    BOOST_TEST(golden.names->writes(golden.spec), name);
    const Config json = golden.names->config(golden.spec, golden.sizes);
    BOOST_TEST(golden.names->reads(json), name);
    Config again = golden.names->model(json);
    again.put("dropout", 0.0);
    BOOST_TEST((plugins().complete("model", again) == plugins().complete("model", golden.spec)), name);
    const std::string path = (std::filesystem::temp_directory_path() / ("strata-golden-" + std::string(name))).string();
    write_field_weights(path, golden.names->rules(golden.spec), golden.model->saved());
    const Weights given(golden.folder + "/model.safetensors"), written(path);
    BOOST_TEST(given.entries().size() == written.entries().size(), name);
    for (const Weights::Entry& entry : given.entries()) {
      const Weights::Entry* found = written.find(entry.name);
      BOOST_REQUIRE_MESSAGE(found != nullptr && found->shape == entry.shape, name << " lacks " << entry.name);
      std::vector<double> a(static_cast<std::size_t>(entry.shape.numel())), b(a.size());
      given.read(entry, 0, entry.shape.numel(), a.data(), DType::f64);
      written.read(*found, 0, entry.shape.numel(), b.data(), DType::f64);
      BOOST_TEST((a == b), name << " " << entry.name);
    }
    std::filesystem::remove(path);
  }
}

BOOST_AUTO_TEST_SUITE_END()
