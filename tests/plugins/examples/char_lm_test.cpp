// The example char_lm: state goes from batch to batch, a resumed run ends with the same bytes, and what it writes is
// what its loss predicts.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "strata/autograd/context.hpp"
#include "strata/core/json.hpp"
#include "strata/model/model.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/shape.hpp"
#include "strata/run/train_run.hpp"

using namespace strata;
using strata_test::Folder;

namespace {

constexpr std::int64_t kWords = 11;

std::shared_ptr<Model> model_of(const std::string& cell) {
  auto model = strata_test::make<Model>(
      R"({"type": "char_lm", "embedding": 6, "recurrent": {"hidden": 5, "layers": 2, "cell": ")" + cell + "\"}}",
      {Sizes{{"tokens", {kWords}}}});
  model->materialise(3, DType::f64);
  return model;
}

TensorBatch window(const std::vector<std::int64_t>& ids, std::int64_t begin, std::int64_t time) {
  const auto at = [&](std::int64_t from) {
    return std::vector<std::int64_t>(ids.begin() + from, ids.begin() + from + time);
  };
  TensorBatch batch;
  batch.put("tokens", Tensor::from(at(begin), {1, time}));
  batch.put("targets", Tensor::from(at(begin + 1), {1, time}));
  return batch;
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(char_lm)

BOOST_AUTO_TEST_CASE(windows_with_carried_state_are_one_long_window) {
  const std::vector<std::int64_t> ids{4, 7, 5, 9, 10, 4, 4, 8, 6, 5, 7, 9, 3};
  for (const char* cell : {"gru", "lstm", "rnn"}) {
    const auto model = model_of(cell);
    const NoGrad none;
    const double whole = model->loss(window(ids, 0, 12), {}).sum.item();
    double parts = 0;
    Tensors carry;
    for (const std::int64_t begin : {0, 4, 8}) {
      TensorBatch batch = window(ids, begin, 4);
      batch.carry = carry;
      const Loss loss = model->loss(batch, {});
      parts += loss.sum.item();
      carry = loss.carry;
    }
    BOOST_TEST_MESSAGE(cell << ": " << whole << " and " << parts);
    BOOST_TEST(std::abs(whole - parts) < 1e-12);
  }
}

// Teacher forcing by steps after prompts of several lengths: -log p of each next token adds up to the loss.
BOOST_AUTO_TEST_CASE(steps_after_a_prompt_predict_what_the_loss_says) {
  const std::vector<std::int64_t> ids{4, 7, 5, 9, 10, 4, 8, 6};
  for (const char* cell : {"gru", "lstm"}) {
    const auto model = model_of(cell);
    const NoGrad none;
    auto& generator = dynamic_cast<Generator&>(*model);
    for (const std::int64_t prompt : {1, 2, 5}) {
      TensorBatch batch;  // beside a longer row, so that this one is padded
      std::vector<std::int64_t> rows(ids.begin(), ids.begin() + prompt);
      rows.resize(6, 0);
      for (std::int64_t t = 0; t < 6; ++t) rows.push_back(5);
      batch.put("tokens", Tensor::from(rows, {2, 6}));
      batch.put("tokens_lengths", Tensor::from(std::vector<std::int64_t>{prompt, 6}, {2}));
      const auto state = generator.begin(batch);
      double found = 0;
      for (std::size_t t = static_cast<std::size_t>(prompt) - 1; t + 1 < ids.size(); ++t) {
        const Tensor logits = generator.step(*state, Tensor::from(std::vector<std::int64_t>{ids[t], 5}, {2}));
        found -= log_softmax(logits).to_doubles()[static_cast<std::size_t>(ids[t + 1])];
      }
      double expected = model->loss(window(ids, 0, 7), {}).sum.item();
      if (prompt > 1) expected -= model->loss(window(ids, 0, prompt - 1), {}).sum.item();
      BOOST_TEST(std::abs(found - expected) < 1e-12, cell << ", prompt " << prompt << ": " << found << " " << expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_resumed_run_ends_with_the_same_bytes) {
  const Folder folder;
  std::string text;
  for (int i = 0; i < 60; ++i) text += "line " + std::to_string(i * i) + " of a text\n";
  folder.write("text.txt", text);
  const auto train = [&](std::int64_t updates, const std::string& run) {
    Config recipe = parse_json(R"({
      "data": {"type": "text", "valid_share": 0.2},
      "tokenizer": "characters",
      "model": {"type": "char_lm", "embedding": 6, "recurrent": {"hidden": 7}, "dropout": 0.2},
      "feed": {"type": "stream", "lanes": 4, "window": 9},
      "train": {"type": "supervised", "checkpoint_every": 5, "keep_checkpoints": 0, "accumulate": 2, "metrics": ["loss"]}})",
                               "recipe.json");
    recipe.set("data.file", folder.path("text.txt"));
    recipe.set("train.max_updates", std::to_string(updates));
    (void)strata_test::plugins();
    TrainRunOptions options;
    options.output = folder.path(run);
    train_run(recipe, options);
  };
  train(23, "whole");
  for (const std::int64_t stop : {1, 7, 10, 19}) {
    const std::string run = "stopped-" + std::to_string(stop);
    train(stop, run);
    train(23, run);
    for (const char* file : {"/checkpoint-23/model.safetensors", "/checkpoint-23/optimizer.safetensors"}) {
      BOOST_TEST((bytes_of(folder.path(run) + file) == bytes_of(folder.path("whole") + file)), run << file);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
