// Recurrent language models: state goes from batch to batch, what they write and score is what their loss predicts, and
// a resumed run ends with the same bytes.
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "strata/autograd/context.hpp"
#include "strata/core/file.hpp"
#include "strata/core/json.hpp"
#include "strata/model/model.hpp"
#include "strata/nn/cell.hpp"
#include "strata/ops/fused.hpp"
#include "strata/run/train_run.hpp"
#include "throws.hpp"

using namespace strata;
using strata_test::Folder;

namespace {

constexpr std::int64_t kWords = 11;
const std::vector<std::int64_t> kIds{4, 7, 5, 9, 10, 4, 4, 8, 6, 5, 7, 9, 3};

const char* const kModels[] = {
    R"({"type": "lm", "embedding": 6, "hidden": 5, "layers": 2})",
    R"({"type": "lm", "embedding": 6, "hidden": 5, "layers": 1, "tie": false, "cell": "gru"})",
    R"({"type": "lm", "embedding": 4, "hidden": 5, "layers": 3, "cell": {"type": "rnn", "weight_dropout": 0.5}})",
    R"({"type": "awd_lstm", "embedding": 6, "hidden": 7})"};

std::shared_ptr<Model> model_of(const std::string& json) {
  auto model = strata_test::make<Model>(json, {Sizes{{"tokens", {kWords}}}});
  model->materialise(3, DType::f64);
  return model;
}

Tensor ids_of(std::vector<std::int64_t> ids, std::int64_t rows) {
  const auto time = static_cast<std::int64_t>(ids.size()) / rows;
  return Tensor::from(ids, {rows, time});
}

TensorBatch window(std::int64_t begin, std::int64_t time) {
  const auto at = [&](std::int64_t from) {
    return std::vector<std::int64_t>(kIds.begin() + from, kIds.begin() + from + time);
  };
  TensorBatch batch;
  batch.put("tokens", ids_of(at(begin), 1));
  batch.put("targets", ids_of(at(begin + 1), 1));
  return batch;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lm)

BOOST_AUTO_TEST_CASE(windows_with_carried_state_are_one_long_window) {
  const NoGrad none;
  for (const char* json : kModels) {
    const auto model = model_of(json);
    const double whole = model->loss(window(0, 12), {}).sum.item();
    double parts = 0;
    Tensors carry;
    for (const std::int64_t begin : {0, 4, 8}) {
      TensorBatch batch = window(begin, 4);
      batch.carry = carry;
      const Loss loss = model->loss(batch, {});
      parts += loss.sum.item();
      carry = loss.carry;
    }
    BOOST_TEST(std::abs(whole - parts) < 1e-12, json << ": " << whole << " " << parts);
  }
}

// Teacher forcing by steps after prompts of several lengths, and scores: -log p of each next token adds up to the loss.
BOOST_AUTO_TEST_CASE(steps_and_scores_say_what_the_loss_says) {
  const NoGrad none;
  for (const char* json : kModels) {
    const auto model = model_of(json);
    const double expected = model->loss(window(0, 7), {}).sum.item();
    auto& generator = dynamic_cast<Generator&>(*model);
    for (const std::int64_t prompt : {1, 2, 5}) {
      std::vector<std::int64_t> rows(kIds.begin(), kIds.begin() + prompt);
      rows.resize(6, 0);  // a longer row stands below, so that this one is padded
      for (int t = 0; t < 6; ++t) rows.push_back(5);
      TensorBatch batch;
      batch.put("tokens", ids_of(rows, 2));
      batch.put("tokens_lengths", Tensor::from(std::vector<std::int64_t>{prompt, 6}, {2}));
      const auto state = generator.begin(batch);
      double found = prompt > 1 ? model->loss(window(0, prompt - 1), {}).sum.item() : 0;
      for (auto t = static_cast<std::size_t>(prompt) - 1; t < 7; ++t) {
        const Tensor logits = generator.step(*state, Tensor::from(std::vector<std::int64_t>{kIds[t], 5}, {2}));
        found -= log_softmax(logits).to_doubles()[static_cast<std::size_t>(kIds[t + 1])];
      }
      BOOST_TEST(std::abs(found - expected) < 1e-12, json << ", prompt " << prompt << ": " << found << " " << expected);
    }
    TensorBatch batch;
    batch.put("tokens", ids_of({kIds.begin(), kIds.begin() + 8}, 1));
    batch.put("tokens_lengths", Tensor::from(std::vector<std::int64_t>{8}, {1}));
    double scores = 0;
    for (const double value : dynamic_cast<Scorer&>(*model).score(batch).to_doubles()) scores += value;
    BOOST_TEST(std::abs(scores + expected) < 1e-12, json << ": " << scores << " " << expected);
  }
}

// One mask for all steps of a batch, also of a cell that a host computes step by step.
BOOST_AUTO_TEST_CASE(dropout_of_the_recurrent_matrix_is_one_mask_a_batch) {
  const NoGrad none;
  for (const char* name : {"lstm", "gru", "rnn"}) {
    const auto cell = strata_test::make<Cell>(R"({"type": ")" + std::string(name) + R"(", "weight_dropout": 0.5})",
                                              Cell::Facts{3, 4});
    cell->materialise(5, DType::f64);
    const ContextScope scope;
    context().training = true;
    std::vector<double> values;
    for (int i = 0; i < 2 * 6 * 3; ++i) values.push_back(std::sin(i));
    const Tensor x = Tensor::from(values, {2, 6, 3});
    for (const std::int64_t update : {1, 2}) {
      context().random_step = Tensor::full({}, static_cast<double>(update), DType::i64);
      const std::vector<double> whole = cell->Cell::sequence(x, {}, {}, false).outputs.to_doubles(),
                                fused = cell->sequence(x, {}, {}, false).outputs.to_doubles();
      double worst = 0;
      for (std::size_t i = 0; i < whole.size(); ++i) worst = std::max(worst, std::abs(whole[i] - fused[i]));
      BOOST_TEST(worst < 1e-12, name << " differs by " << worst);
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
      "model": {"type": "awd_lstm", "embedding": 6, "hidden": 7},
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
  train(20, "whole");
  train(7, "parts");
  train(20, "parts");
  constexpr std::size_t kMost = 1U << 20U;
  for (const char* file : {"model.safetensors", "optimizer.safetensors"}) {
    BOOST_TEST((read_file(folder.path("whole/checkpoint-20/" + std::string(file)), kMost) ==
                read_file(folder.path("parts/checkpoint-20/" + std::string(file)), kMost)),
               file);
  }
}

BOOST_AUTO_TEST_SUITE_END()
