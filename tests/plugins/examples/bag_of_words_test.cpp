// The example bag_of_words against its formula by loops in float64, gradients against differences, and the whole way:
// training, evaluation and labels of a run.
#include <map>

#include "framework/data/folder.hpp"
#include "framework/ops/check.hpp"
#include "plugins/stages/seq2seq.hpp"
#include "strata/run/classify_run.hpp"
#include "strata/run/train_run.hpp"

using namespace strata;
using strata::test::check_close;
using strata_test::batch_of;
using strata_test::Ids;
using strata_test::Pairs;

namespace {

constexpr std::int64_t kWords = 9, kLabels = kSpecials + 3;

std::shared_ptr<Model> make_bag(const std::string& options, DType dtype = DType::f64) {
  auto model = strata_test::make<Model>(R"({"type": "bag_of_words", "embedding": 5)" + options + "}",
                                        {pair_sizes(kWords, kLabels)});
  model->materialise(21, dtype);
  return model;
}

// Source words and a label; the second row is the shortest, and <unk> is a word.
const Pairs kPairs = {{{4, 5, 4, 8}, {5}}, {{6}, {4}}, {{7, kUnk, 7}, {6}}};

// out = x weight^T + bias
std::vector<double> affine_of(const std::vector<double>& x, const std::vector<double>& weight,
                              const std::vector<double>& bias) {
  std::vector<double> out = bias;
  for (std::size_t o = 0; o < bias.size(); ++o) {
    for (std::size_t i = 0; i < x.size(); ++i) out[o] += weight[o * x.size() + i] * x[i];
  }
  return out;
}

std::vector<double> by_hand(const Model& model, const Ids& words) {
  std::map<std::string, std::vector<double>> of;
  for (const NamedParameter& one : model.parameters()) of[one.name] = one.parameter.value().to_doubles();
  constexpr std::size_t kWidth = 5;
  std::vector<double> x(kWidth, 0);
  for (const std::int32_t word : words) {
    for (std::size_t k = 0; k < kWidth; ++k) {
      x[k] += of["embedding.weight"][static_cast<std::size_t>(word) * kWidth + k] / static_cast<double>(words.size());
    }
  }
  if (of.count("hidden.weight") > 0) {
    x = affine_of(x, of["hidden.weight"], of["hidden.bias"]);
    for (double& value : x) value = std::max(value, 0.0);
  }
  return affine_of(x, of["output.weight"], of["output.bias"]);
}

const std::string kModels[] = {"", R"(, "hidden": 4)"};

}  // namespace

BOOST_AUTO_TEST_SUITE(bag_of_words)

BOOST_AUTO_TEST_CASE(logits_and_loss_equal_the_formula) {
  for (const std::string& options : kModels) {
    const auto model = make_bag(options);
    std::vector<double> logits;
    double loss = 0, correct = 0;
    for (const auto& [words, label] : kPairs) {
      const std::vector<double> row = by_hand(*model, words);
      logits.insert(logits.end(), row.begin(), row.end());
      double total = 0;
      for (std::size_t c = kSpecials; c < row.size(); ++c) total += std::exp(row[c]);
      loss += std::log(total) - row[static_cast<std::size_t>(label[0])];
      correct += std::max_element(row.begin() + kSpecials, row.end()) == row.begin() + label[0] ? 1 : 0;
    }
    const TensorBatch batch = batch_of(kPairs);
    check_close(require<Classifier>(*model, "Classifier", "test").classify(batch).to_doubles(), logits, 1e-14);
    const Loss got = model->loss(batch, {});
    BOOST_REQUIRE_EQUAL(got.parts.size(), 2);
    BOOST_TEST((got.parts[0].name == "loss" && got.parts[1].name == "correct"));
    check_close({got.sum.item(), got.parts[0].sum.item(), got.parts[1].sum.item()}, {loss, loss, correct}, 1e-7);
  }
}

// Neither the rows beside it, nor padding, nor the order of its words changes a sentence's logits.
BOOST_AUTO_TEST_CASE(a_sentence_alone_equals_the_sentence_in_a_batch) {
  const Pairs turned = {{{8, 4, 5, 4}, {5}}, {{6}, {4}}, {{kUnk, 7, 7}, {6}}};
  for (const std::string kernels : {"plain", "best"}) {
    const strata_test::Kernels scope(kernels);
    for (const std::string& options : kModels) {
      const auto model = make_bag(options, kernels == "plain" ? DType::f64 : DType::f32);
      auto& classifier = require<Classifier>(*model, "Classifier", "test");
      const std::vector<double> together = classifier.classify(batch_of(kPairs)).to_doubles();
      std::vector<double> alone;
      for (const auto& pair : kPairs) {
        const std::vector<double> row = classifier.classify(batch_of({pair})).to_doubles();
        alone.insert(alone.end(), row.begin(), row.end());
      }
      const double tolerance = kernels == "plain" ? 1e-14 : 1e-6;
      check_close(together, alone, tolerance);
      check_close(classifier.classify(batch_of(turned)).to_doubles(), together, tolerance);
      std::vector<double> expected;
      for (const auto& pair : kPairs) {
        const std::vector<double> row = by_hand(*model, pair.source);
        expected.insert(expected.end(), row.begin(), row.end());
      }
      check_close(together, expected, tolerance);
    }
  }
}

BOOST_AUTO_TEST_CASE(gradients) {
  const strata_test::Kernels scope("plain");
  for (const std::string& options : kModels) {
    const auto model = make_bag(options + R"(, "dropout": 0)");
    const std::vector<NamedParameter> parameters = model->parameters();
    Tensors leaves;
    for (const NamedParameter& one : parameters) leaves.push_back(one.parameter.value());
    const TensorBatch batch = batch_of(kPairs);
    strata::test::check_gradients(
        [&](std::span<const Tensor> values) {
          for (std::size_t i = 0; i < values.size(); ++i) parameters[i].parameter.state().value = values[i];
          return Tensors{model->loss(batch, {.label_smoothing = 0.1}).sum};
        },
        leaves);
  }
}

BOOST_AUTO_TEST_CASE(from_training_to_labels) {
  const strata_test::Folder folder;
  const Config recipe = parse_json(R"({"seed": 3,
    "data": {"type": "samples", "name": "questions", "train": 3000, "valid": 200, "test": 300}, "tokenizer": "word",
    "model": {"type": "bag_of_words", "embedding": 16},
    "feed": { "type": "pairs", "batch": {"sentences": 32} },
    "train": {"type": "supervised", "max_updates": 150, "validate_every": 50,
              "optimizer": {"type": "adam", "lr": 2e-2}, "metrics": ["accuracy", "loss"]}})",
                                   "recipe.json");
  TrainRunOptions options;
  options.output = folder.path("run");
  const Host host{strata_test::plugins(), nullptr};
  const EndReport end = train_run(recipe, options, host);
  BOOST_TEST(!end.best.empty());

  // Evaluation by default: what training measured, no score of texts; every output is handed out all the same.
  std::int64_t lines = 0, right = 0, nested = 0, nested_right = 0;
  std::vector<std::string> sources, outputs;
  EvaluateOptions evaluate;
  evaluate.each = [&](const TextPair& pair, const std::string& output) {
    ++lines;
    const bool is_right = output == pair.target, is_nested = pair.source.compare(0, 3, "do ") == 0;
    right += is_right ? 1 : 0;
    nested += is_nested ? 1 : 0;
    nested_right += is_nested && is_right ? 1 : 0;
    sources.push_back(pair.source);
    outputs.push_back(output);
  };
  const std::vector<MetricReport> found = evaluate_run(options.output, evaluate, host);
  BOOST_REQUIRE_EQUAL(found.size(), 2);
  BOOST_TEST(found[0].name == "accuracy");
  BOOST_TEST(found[1].name == "loss");
  BOOST_TEST(lines == 300);
  BOOST_TEST_MESSAGE("accuracy " << found[0].value << ", loss " << found[1].value << ", lines right " << right << " of "
                                 << lines << ", nested questions " << nested_right << " of " << nested);
  BOOST_TEST(found[0].value == 100.0 * static_cast<double>(right) / static_cast<double>(lines),
             boost::test_tools::tolerance(1e-9));
  BOOST_TEST(right - nested_right >= lines - nested - 3);  // nested ones are for who sees the order
  evaluate.metrics = {"exact_match"};                      // texts are measured where somebody asks
  BOOST_TEST(evaluate_run(options.output, evaluate, host)[0].value == found[0].value,
             boost::test_tools::tolerance(1e-9));

  const ContextScope scope;
  const LoadedModel loaded = load_model(options.output, "best", host);
  LineClassifier classifier(*loaded.model, loaded.tokenizers, {});
  sources.resize(300);
  const auto labels = classifier.classify(sources);
  for (std::size_t i = 0; i < labels.size(); ++i) BOOST_TEST(labels[i].at(0).text == outputs[i]);
}

BOOST_AUTO_TEST_SUITE_END()
