// Classifiers of texts: pooling against plain loops, rows alone and in a batch, weights of classes, hashes of runs of
// words, and a run that learns, is saved and answers.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "plugins/stages/classify/pooling.hpp"
#include "strata/autograd/context.hpp"
#include "strata/model/model.hpp"
#include "strata/ops/fused.hpp"
#include "strata/run/answer_run.hpp"
#include "strata/run/load_model.hpp"
#include "strata/run/train_run.hpp"
#include "throws.hpp"

using namespace strata;
using strata_test::Folder;

namespace {

const Model::Facts kFacts{Sizes{{"text", {12}}, {"label", {3}}}};
const char* const kModels[] = {
    R"({"type": "classifier", "dropout": 0, "body": {"type": "lm", "embedding": 5, "hidden": 4}})",
    R"({"type": "classifier", "dropout": 0, "pooling": "attention", "hidden": 6,
        "body": {"type": "gpt", "width": 8, "layers": 1, "heads": 2, "context": 16, "dropout": 0}})",
    R"({"type": "bag_of_ngrams", "embedding": 4, "words": 3, "buckets": 50, "dropout": 0})"};

std::shared_ptr<Model> model_of(const std::string& json) {
  auto model = strata_test::make<Model>(json, kFacts);
  model->materialise(2, DType::f64);
  return model;
}

TensorBatch batch_of(const std::vector<std::vector<std::int64_t>>& texts,
                     const std::vector<std::int64_t>& labels = {}) {
  std::size_t time = 1;
  for (const auto& text : texts) time = std::max(time, text.size());
  std::vector<std::int64_t> ids, lengths;
  for (auto text : texts) {
    lengths.push_back(static_cast<std::int64_t>(text.size()));
    text.resize(time, 0);
    ids.insert(ids.end(), text.begin(), text.end());
  }
  TensorBatch batch;
  const auto rows = static_cast<std::int64_t>(texts.size());
  batch.put("text", Tensor::from(ids, {rows, static_cast<std::int64_t>(time)}));
  batch.put("text_lengths", Tensor::from(lengths, {rows}));
  if (!labels.empty()) batch.put("label", Tensor::from(labels, {rows}));
  return batch;
}

std::vector<double> logits(Model& model, const TensorBatch& batch) {
  return dynamic_cast<Classifier&>(model).classify(batch).to_doubles();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(classify)

BOOST_AUTO_TEST_CASE(pooling_equals_plain_loops) {
  constexpr std::int64_t kTime = 4, kWidth = 3;
  std::vector<double> values;
  for (int i = 0; i < 2 * kTime * kWidth; ++i) values.push_back(std::cos(3 * i) - 0.5);
  const Tensor x = Tensor::from(values, {2, kTime, kWidth});
  const std::vector<std::int64_t> lengths{4, 2};
  const auto at = [&](std::int64_t row, std::int64_t time, std::int64_t c) {
    return values[static_cast<std::size_t>((row * kTime + time) * kWidth + c)];
  };
  const auto pooled = [&](PoolingKind kind) {
    Pooling pooling(kind, kWidth);
    pooling.materialise(1, DType::f64);
    return pooling(x, Tensor::from(lengths, {2})).to_doubles();
  };
  const auto last = pooled(PoolingKind::last), mean = pooled(PoolingKind::mean), max = pooled(PoolingKind::max),
             first = pooled(PoolingKind::first), all = pooled(PoolingKind::concat);
  for (std::int64_t row = 0; row < 2; ++row) {
    const std::int64_t length = lengths[static_cast<std::size_t>(row)];
    for (std::int64_t c = 0; c < kWidth; ++c) {
      double total = 0, largest = at(row, 0, c);
      for (std::int64_t t = 0; t < length; ++t) {
        total += at(row, t, c);
        largest = std::max(largest, at(row, t, c));
      }
      const auto place = static_cast<std::size_t>(row * kWidth + c),
                 wide = static_cast<std::size_t>(row * 3 * kWidth + c);
      BOOST_TEST(last[place] == at(row, length - 1, c));
      BOOST_TEST(first[place] == at(row, 0, c));
      BOOST_TEST(max[place] == largest);
      BOOST_TEST(std::abs(mean[place] - total / static_cast<double>(length)) < 1e-14);
      BOOST_TEST(all[wide] == last[place]);
      BOOST_TEST(all[wide + kWidth] == max[place]);
      BOOST_TEST(all[wide + 2 * kWidth] == mean[place]);
    }
  }
  // Equal vectors have that vector as their weighted mean, whatever the weights are.
  Pooling attention(PoolingKind::attention, kWidth);
  attention.materialise(1, DType::f64);
  const std::vector<double> same =
      attention(Tensor::full({2, kTime, kWidth}, 0.25, DType::f64), Tensor::from(lengths, {2})).to_doubles();
  for (const double value : same) BOOST_TEST(std::abs(value - 0.25) < 1e-14);
}

BOOST_AUTO_TEST_CASE(a_row_does_not_depend_on_the_others) {
  const NoGrad none;
  const std::vector<std::vector<std::int64_t>> texts{{4, 7, 5}, {9, 3, 3, 8, 2, 11}, {6}, {}};
  for (const char* json : kModels) {
    const auto model = model_of(json);
    const std::vector<double> together = logits(*model, batch_of(texts));
    for (std::size_t row = 0; row < texts.size(); ++row) {
      const std::vector<double> alone = logits(*model, batch_of({texts[row]}));
      for (std::size_t i = 0; i < 3; ++i) {
        BOOST_TEST(std::abs(alone[i] - together[row * 3 + i]) < 1e-12, json << ", row " << row);
      }
    }
  }
}

// The order of words counts for runs of two, and only for them.
BOOST_AUTO_TEST_CASE(runs_of_words_know_their_order) {
  const NoGrad none;
  const TensorBatch there = batch_of({{4, 7, 5}}), back = batch_of({{5, 4, 7}});
  const auto words = model_of(R"({"type": "bag_of_ngrams", "words": 1, "dropout": 0})"),
             runs = model_of(R"({"type": "bag_of_ngrams", "words": 2, "dropout": 0})");
  const auto apart = [&](Model& model) { return std::abs(logits(model, there)[0] - logits(model, back)[0]); };
  BOOST_TEST(apart(*words) < 1e-15);
  BOOST_TEST(apart(*runs) > 1e-6);
}

BOOST_AUTO_TEST_CASE(loss_is_the_weighted_cross_entropy) {
  const NoGrad none;
  const TensorBatch batch = batch_of({{4, 7, 5}, {9, 3}, {6, 6}}, {2, 0, 1});
  const auto model = model_of(R"({"type": "bag_of_ngrams", "dropout": 0, "class_weights": [1, 2, 0.5]})");
  const std::vector<double> log_p = log_softmax(dynamic_cast<Classifier&>(*model).classify(batch)).to_doubles();
  const double expected = -0.5 * log_p[2] - 1 * log_p[3] - 2 * log_p[7];
  const Loss loss = model->loss(batch, {});
  BOOST_TEST(std::abs(loss.sum.item() - expected) < 1e-6);  // the weights are f32
  BOOST_TEST(std::abs(loss.parts.at(0).sum.item() + log_p[2] + log_p[3] + log_p[7]) < 1e-12);
  test::check_throws([] { (void)model_of(R"({"type": "bag_of_ngrams", "class_weights": [1, 2]})"); }, "E_CONFIG_RANGE",
                     "model/class_weights", "2 weights for 3 classes");
  const auto one_class = [] {
    (void)strata_test::make<Model>(R"("bag_of_ngrams")", {Sizes{{"text", {12}}, {"label", {1}}}});
  };
  test::check_throws(one_class, "E_DATA_LABEL", "[classifier]", "1 class");
  const auto no_encoder = [] { (void)model_of(R"({"type": "classifier", "body": "char_lm"})"); };
  BOOST_TEST(test::thrown(no_encoder).code() == "E_MODEL_CAPABILITY");
}

BOOST_AUTO_TEST_CASE(a_run_learns_and_answers) {
  const Folder folder;
  std::string text = "text,label\n";
  for (int i = 0; i < 60; ++i) {
    const std::string number = std::to_string(i * i % 17);
    text += "the red " + number + " one,warm\nthe blue " + number + " one,cold\na green " + number + " thing,neither\n";
  }
  folder.write("colours.csv", text);
  for (const char* model :
       {R"({"type": "bag_of_ngrams", "embedding": 8})",
        R"({"type": "classifier", "body": {"type": "lm", "embedding": 8, "hidden": 8, "layers": 1}})"}) {
    Config recipe = parse_json(R"({
      "data": {"type": "table", "valid_share": 0.1},
      "tokenizer": "word",
      "feed": {"type": "rows", "batch_size": 8},
      "train": {"type": "supervised", "max_epochs": 10, "optimizer": {"type": "adam", "lr": 0.02}, "metrics": ["accuracy"]}})",
                               "recipe.json");
    recipe.put("model", parse_json(model, "recipe.json"));
    recipe.set("data.train", folder.path("colours.csv"));
    (void)strata_test::plugins();
    TrainRunOptions options;
    options.output = folder.path(std::string("run-") + (model[10] == 'b' ? "bag" : "body"));
    train_run(recipe, options);
    const LoadedModel loaded = load_model(options.output);
    BOOST_TEST(loaded.tokenizers["label"].size() == 3);
    std::vector<Example> lines(2);
    set_texts(lines[0], {"the red 99 one"}, 0);
    set_texts(lines[1], {"a green 3 thing"}, 1);
    const TensorBatch batch = to_tensors(loaded.feed->inputs(lines));
    const NoGrad none;
    const std::vector<double> found = logits(*loaded.model, batch);
    const auto best = [&](std::size_t row) {
      const auto begin = found.begin() + static_cast<std::ptrdiff_t>(row * 3);
      return loaded.tokenizers["label"].decode({static_cast<std::int32_t>(std::max_element(begin, begin + 3) - begin)});
    };
    BOOST_TEST(best(0) == "warm");
    BOOST_TEST(best(1) == "neither");
  }
}

BOOST_AUTO_TEST_CASE(a_label_unseen_in_training_is_named_with_its_example) {
  const Folder folder;
  folder.write("train.csv", "text,label\nred,warm\nblue,cold\n");
  folder.write("valid.csv", "text,label\nred,warm\ngreen,neither\n");
  Config recipe =
      parse_json(R"({"data": {"type": "table"}, "tokenizer": "word", "model": "bag_of_ngrams", "feed": "rows",
                                 "train": {"type": "supervised", "max_epochs": 1, "metrics": ["loss"]}})",
                 "recipe.json");
  recipe.set("data.train", folder.path("train.csv"));
  recipe.set("data.valid", folder.path("valid.csv"));
  (void)strata_test::plugins();
  TrainRunOptions options;
  options.output = folder.path("run");
  test::check_throws([&] { train_run(recipe, options); }, "E_DATA_LABEL", "split valid, example 2, field label",
                     "label 'neither' is not known");
}

BOOST_AUTO_TEST_SUITE_END()
