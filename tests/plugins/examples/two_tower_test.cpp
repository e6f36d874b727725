// The example two_tower: batches against a list of pairs in which documents repeat, the loss against its formula by
// loops in float64, gradients against differences, and the ranking of a trained run against the scores of all
// documents.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "framework/data/folder.hpp"
#include "framework/ops/check.hpp"
#include "plugins/load.hpp"
#include "plugins/stages/seq2seq.hpp"
#include "strata/data/feed.hpp"
#include "strata/run/answer_run.hpp"
#include "strata/run/train_run.hpp"

using namespace strata;
using strata::test::check_close;
using strata_test::check_error;
using strata_test::Folder;
using strata_test::Ids;

namespace {

constexpr unsigned kSeed = 401;
using Texts = std::vector<std::string>;

std::string file_of(const Texts& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// Pairs of which "d0" is the document of nine, and the others have one of twelve documents.
struct Task {
  Folder folder;
  Texts queries, documents;
  std::shared_ptr<Dataset> dataset;
  Tokenizers tokenizers;

  explicit Task(const std::string& kind = R"({"type": "word"})") {
    for (int i = 0; i < 50; ++i) {
      queries.push_back("q" + std::to_string(i) + " of three");
      documents.push_back(i < 9 ? "d0" : "d" + std::to_string(1 + i % 12) + " long text");
    }
    folder.write("train.source", file_of(queries));
    folder.write("train.target", file_of(documents));
    dataset = strata_test::make<Dataset>(R"({"type": "parallel", "train": ")" + folder.path("train") + "\"}");
    for (const auto& [name, lines] : {std::pair("query", &queries), std::pair("document", &documents)}) {
      const auto tokenizer = strata_test::make<Tokenizer>(kind);
      std::size_t at = 0;
      tokenizer->train([&at, texts = lines](std::string& line) {
        if (at == texts->size()) return false;
        line = (*texts)[at++];
        return true;
      });
      tokenizers.add(name, tokenizer);
    }
  }
  std::shared_ptr<Feed> feed(const std::string& options, bool training, std::int64_t rank = 0, std::int64_t ranks = 1,
                             Texts* warnings = nullptr) const {
    Feed::Facts facts;
    facts.dataset = dataset;
    facts.split = "train";
    facts.training = training;
    facts.tokenizers = tokenizers;
    facts.seed = kSeed;
    facts.rank = rank;
    facts.ranks = ranks;
    if (warnings != nullptr) facts.warn = [warnings](const std::string& line) { warnings->push_back(line); };
    return strata_test::make<Feed>(R"({"type": "retrieval")" + options + "}", facts);
  }
  // The text of a row of a column.
  std::string text(const Batch& batch, const std::string& name, std::int64_t row) const {
    const Column& column = batch[name];
    const auto length = batch[name + "_lengths"].ids[static_cast<std::size_t>(row)];
    const auto begin = column.ids.begin() + row * column.shape[1];
    for (auto at = begin + length; at != begin + column.shape[1]; ++at) BOOST_REQUIRE_EQUAL(*at, kPad);
    return tokenizers[name].decode(Ids(begin, begin + length));
  }
};

// Checks an epoch against the lists of the task, and returns the pairs of each batch.
std::vector<std::vector<std::int64_t>> check_epoch(const Task& task, const std::vector<std::shared_ptr<Feed>>& ranks,
                                                   std::int64_t epoch, std::int64_t batch_size) {
  std::vector<std::vector<std::int64_t>> batches;
  std::multiset<std::int64_t> seen;
  std::int64_t least = batch_size, most = 0;
  for (const auto& feed : ranks) {
    BOOST_TEST(feed->batches(epoch) == ranks[0]->batches(epoch));
    for (std::int64_t position = 0; position < feed->batches(epoch); ++position) {
      const Batch batch = feed->batch(epoch, position);
      BOOST_TEST(batch.tokens == batch.size);
      std::set<std::string> documents;
      for (std::int64_t row = 0; row < batch.size; ++row) {
        const auto index = static_cast<std::size_t>(batch.indices.at(static_cast<std::size_t>(row)));
        BOOST_TEST(task.text(batch, "query", row) == task.queries.at(index));
        BOOST_TEST(task.text(batch, "document", row) == task.documents.at(index));
        BOOST_TEST(documents.insert(task.documents.at(index)).second, "a document is twice in a batch");
      }
      seen.insert(batch.indices.begin(), batch.indices.end());
      least = std::min(least, batch.size);
      most = std::max(most, batch.size);
      batches.push_back(batch.indices);
    }
  }
  BOOST_TEST(seen.size() == task.queries.size());
  BOOST_TEST(std::set<std::int64_t>(seen.begin(), seen.end()).size() == task.queries.size());
  BOOST_TEST(most <= batch_size);
  BOOST_TEST(most - least <= 1);
  return batches;
}

// The options of a model, and the names of its tables and towers.
struct Kind {
  std::string options;
  bool cosine, both, weights;
  std::string query_table, document_table, query, document;
};
const Kind kKinds[] = {{R"(, "weights": false, "both_directions": false)", true, false, false, "query_embedding",
                        "document_embedding", "query", "document"},
                       {R"(, "similarity": "dot", "share": "embeddings")", false, true, true, "embedding", "embedding",
                        "query", "document"},
                       {R"(, "share": "all")", true, true, true, "embedding", "embedding", "tower", "tower"}};

std::shared_ptr<Model> make_model(const std::string& options) {
  auto model = strata_test::make<Model>(
      R"({"type": "two_tower", "embedding": 4, "width": 3, "dropout": 0, "temperature": 0.5)" + options + "}",
      {Sizes{{"query", {9}}, {"document", {9}}, {"text", {9}}}});
  model->materialise(kSeed, DType::f64);
  // The weights of words begin at zero; other values make them show.
  for (const NamedParameter& one : model->parameters()) {
    if (!one.name.ends_with(".weights.weight")) continue;
    copy_into(one.parameter.value(), strata::test::random_tensor(one.parameter.shape(), kSeed));
  }
  return model;
}

const std::vector<Ids> kQueries = {{4, 5, 4, 8}, {6}, {7, 3, 7}, {}}, kDocuments = {{4, 6}, {5, 8, 8}, {7}, {3, 4, 5}};

TensorBatch batch_of_four() {
  TensorBatch batch;
  for (const auto& [name, rows, time] : {std::tuple("query", &kQueries, 4), std::tuple("document", &kDocuments, 3)}) {
    std::vector<std::int64_t> ids, lengths;
    for (const Ids& row : *rows) {
      ids.insert(ids.end(), row.begin(), row.end());
      ids.resize(ids.size() + static_cast<std::size_t>(time) - row.size());
      lengths.push_back(static_cast<std::int64_t>(row.size()));
    }
    batch.put(name, strata::test::ids(ids, {4, time}));
    batch.put(std::string(name) + "_lengths", strata::test::ids(lengths, {4}));
  }
  return batch;
}

// Returns the vector of one text, by loops.
std::vector<double> vector_of(const Model& model, const Ids& ids, const std::string& table, const std::string& tower,
                              bool weights, bool cosine) {
  std::map<std::string, Parameter> of;
  for (const NamedParameter& one : model.parameters()) of.emplace(one.name, one.parameter);
  const std::vector<double> rows = of.at(table + ".weight").value().to_doubles(),
                            matrix = of.at(tower + ".output.weight").value().to_doubles();
  std::vector<double> out = of.at(tower + ".output.bias").value().to_doubles();
  const std::vector<double> shares =
      weights ? of.at(tower + ".weights.weight").value().to_doubles() : std::vector<double>{};
  const auto width = static_cast<std::size_t>(of.at(table + ".weight").shape()[1]);
  std::vector<double> mean(width);
  double total = 1e-6;
  for (const std::int32_t id : ids) {
    const auto row = static_cast<std::size_t>(id);
    const double share = weights ? 1 / (1 + std::exp(-shares[row])) : 1;
    total += share;
    for (std::size_t i = 0; i < width; ++i) mean[i] += share * rows[row * width + i];
  }
  double square = 1e-12;
  for (std::size_t o = 0; o < out.size(); ++o) {
    for (std::size_t i = 0; i < width; ++i) out[o] += matrix[o * width + i] * mean[i] / total;
    square += out[o] * out[o];
  }
  if (cosine) {
    for (double& one : out) one /= std::sqrt(square);
  }
  return out;
}

double product(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// A document has the words of its query in another language and order.
void write_pairs(const Folder& folder, const std::string& name, int count, unsigned stream) {
  std::mt19937 random(kSeed + stream);
  Texts queries, documents;
  for (int i = 0; i < count; ++i) {
    std::string query, document;
    for (int word = 0; word < 4; ++word) {
      const std::string number = std::to_string(random() % 30);
      query += (query.empty() ? "q" : " q") + number;
      document = "d" + number + (document.empty() ? "" : " ") + document;
    }
    queries.push_back(query);
    documents.push_back(document);
  }
  folder.write(name + ".source", file_of(queries));
  folder.write(name + ".target", file_of(documents));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(two_tower)

BOOST_AUTO_TEST_CASE(batches_have_every_pair_once_and_no_document_twice) {
  const Task task;
  const auto feed = task.feed(R"(, "batch_size": 8)", true);
  BOOST_TEST(feed->batches(0) == 9);  // the nine pairs of d0, not 50 / 8
  const auto first = check_epoch(task, {feed}, 0, 8), second = check_epoch(task, {feed}, 1, 8);
  BOOST_TEST((first != second));
  BOOST_TEST((first == check_epoch(task, {feed}, 0, 8)));  // after another epoch
  BOOST_TEST((second == check_epoch(task, {task.feed(R"(, "batch_size": 8)", true)}, 1, 8)));
  const auto fixed = task.feed(R"(, "batch_size": 8)", false);
  BOOST_TEST((check_epoch(task, {fixed}, 0, 8) == check_epoch(task, {fixed}, 1, 8)));
  BOOST_TEST(task.feed(R"(, "batch_size": 4)", true)->batches(0) == 13);
  const auto rank = [&](std::int64_t number) { return task.feed(R"(, "batch_size": 4)", true, number, 2); };
  BOOST_TEST(rank(0)->batches(0) == 7);
  check_epoch(task, {rank(0), rank(1)}, 0, 4);
}

BOOST_AUTO_TEST_CASE(texts_are_cut_and_empty_ones_are_left_out) {
  Task task;
  const Batch cut = task.feed(R"(, "max_length": 2)", false)->batch(0, 0);
  for (std::int64_t row = 0; row < cut.size; ++row) {
    const auto index = static_cast<std::size_t>(cut.indices[static_cast<std::size_t>(row)]);
    BOOST_TEST(task.text(cut, "query", row) == task.queries[index].substr(0, task.queries[index].rfind(' ')));
  }
  task.documents[30] = "";
  task.folder.write("train.target", file_of(task.documents));
  Texts warnings;
  const auto feed = task.feed("", false, 0, 1, &warnings);
  std::int64_t pairs = 0;
  for (std::int64_t position = 0; position < feed->batches(0); ++position) {
    const Batch batch = feed->batch(0, position);
    pairs += batch.size;
    BOOST_TEST(std::count(batch.indices.begin(), batch.indices.end(), 30) == 0);
  }
  BOOST_TEST(pairs == 49);
  BOOST_TEST(warnings.at(0) == "split train: 1 pairs with a side without tokens are left out");
  Example question;
  set_texts(question, {"q7 unheard three"}, 12);
  const Batch batch = feed->inputs(std::span(&question, 1));
  BOOST_TEST(batch.columns.size() == 2U);
  BOOST_TEST(batch.indices == std::vector<std::int64_t>{12}, boost::test_tools::per_element());
  BOOST_TEST(batch["query"].ids == task.tokenizers["query"].encode("q7 unheard three"),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(each_epoch_draws_the_tokens_anew_when_the_tokenizer_samples) {
  const Task task(R"({"type": "bpe", "merges": 60, "dropout": 0.5, "joint": false})");
  const auto tokens = [&](const Feed& feed, std::int64_t epoch) {
    std::map<std::int64_t, Ids> of;
    for (std::int64_t position = 0; position < feed.batches(epoch); ++position) {
      const Batch batch = feed.batch(epoch, position);
      for (std::size_t row = 0; row < batch.indices.size(); ++row) {
        const auto begin = batch["query"].ids.begin() + static_cast<std::int64_t>(row) * batch["query"].shape[1];
        of[batch.indices[row]] = Ids(begin, begin + batch["query_lengths"].ids[row]);
      }
    }
    return of;
  };
  const auto training = task.feed("", true), fixed = task.feed("", false);
  check_epoch(task, {training}, 0, 256);  // which decodes the tokens
  BOOST_TEST((tokens(*training, 0) == tokens(*training, 0)));
  BOOST_TEST((tokens(*training, 0) == tokens(*task.feed("", true), 0)));
  BOOST_TEST((tokens(*training, 0) != tokens(*training, 1)));
  BOOST_TEST((tokens(*fixed, 0) == tokens(*fixed, 1)));
}

BOOST_AUTO_TEST_CASE(loss_equals_the_formula) {
  for (const Kind& kind : kKinds) {
    const auto model = make_model(kind.options);
    std::vector<double> scores;  // [4,4]
    for (const Ids& query : kQueries) {
      const auto q = vector_of(*model, query, kind.query_table, kind.query, kind.weights, kind.cosine);
      for (const Ids& document : kDocuments) {
        scores.push_back(
            product(q, vector_of(*model, document, kind.document_table, kind.document, kind.weights, kind.cosine)) /
            0.5);
      }
    }
    double forward = 0, backward = 0, correct = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      double row = 0, column = 0, best = 0;
      for (std::size_t j = 0; j < 4; ++j) {
        row += std::exp(scores[4 * i + j]);
        column += std::exp(scores[4 * j + i]);
        best = j == 0 ? scores[4 * i] : std::max(best, scores[4 * i + j]);
      }
      forward += std::log(row) - scores[4 * i + i];
      backward += std::log(column) - scores[4 * i + i];
      correct += scores[4 * i + i] == best ? 1 : 0;
    }
    const double loss = kind.both ? (forward + backward) / 2 : forward;
    const Loss got = model->loss(batch_of_four(), {});
    BOOST_REQUIRE_EQUAL(got.parts.size(), 2U);
    BOOST_TEST((got.parts[0].name == "loss" && got.parts[1].name == "correct"));
    check_close({got.sum.item(), got.parts[0].sum.item(), got.parts[1].sum.item()}, {loss, loss, correct}, 1e-12);
  }
  check_error(
      [&] {
        (void)strata_test::make<Model>(R"({"type": "two_tower", "share": "all"})",
                                       {Sizes{{"query", {9}}, {"document", {9}}}});
      },
      "E_CONFIG_RANGE", "[two_tower] share", "two vocabularies");
}

BOOST_AUTO_TEST_CASE(gradients) {
  const strata_test::Kernels scope("plain");
  std::vector<std::string> all{R"(, "recurrent": [{"cell": "gru", "hidden": 4, "bidirectional": true}])"};
  for (const Kind& kind : kKinds) all.push_back(kind.options);
  for (const std::string& options : all) {
    const auto model = make_model(options);
    const std::vector<NamedParameter> parameters = model->parameters();
    Tensors leaves;
    for (const NamedParameter& one : parameters) leaves.push_back(one.parameter.value());
    const TensorBatch batch = batch_of_four();
    strata::test::check_gradients(
        [&](std::span<const Tensor> values) {
          for (std::size_t i = 0; i < values.size(); ++i) parameters[i].parameter.state().value = values[i];
          return Tensors{model->loss(batch, {.label_smoothing = 0.1}).sum};
        },
        leaves);
  }
}

BOOST_AUTO_TEST_CASE(from_training_to_a_ranking) {
  const Folder folder;
  write_pairs(folder, "train", 600, 0);
  write_pairs(folder, "valid", 60, 1);
  write_pairs(folder, "test", 50, 2);
  const Config recipe =
      parse_json(R"({"seed": 3, "data": {"type": "parallel", "train": ")" + folder.path("train") + R"(", "valid": ")" +
                     folder.path("valid") + R"(", "test": ")" + folder.path("test") + R"("}, "tokenizer": "word",
    "model": {"type": "two_tower", "embedding": 16, "width": 16}, "feed": {"type": "retrieval", "batch_size": 32},
    "train": {"type": "supervised", "max_updates": 150, "validate_every": 50, "optimizer": {"type": "adam", "lr": 2e-2},
              "metrics": ["loss", "accuracy"]}})",
                 "recipe.json");
  const Host host{strata_test::plugins(), nullptr};
  TrainRunOptions options;
  options.output = folder.path("run");
  train_run(recipe, options, host);
  EvaluateOptions evaluate;
  evaluate.metrics = {"accuracy"};
  const double accuracy = evaluate_run(options.output, evaluate, host).at(0).value;
  BOOST_TEST_MESSAGE("accuracy " << accuracy << " on 50 pairs, 25 in a batch");
  BOOST_TEST(accuracy >= 90);

  const ContextScope scope;
  const LoadedModel loaded = load_model(options.output, "best", host);
  const std::string file = folder.path("test.target");
  Texts queries, documents;
  for (auto& [texts, name] : {std::pair(&queries, "test.source"), std::pair(&documents, "test.target")}) {
    std::ifstream lines(folder.path(name));
    for (std::string line; std::getline(lines, line);) texts->push_back(line);
  }
  const auto answerer = [&](const std::string& more) {
    return make_answerer(parse_json(R"({"type": "retrieve", "documents": ")" + file + "\"" + more + "}", "options"),
                         loaded, strata_test::plugins());
  };
  std::vector<Example> examples(queries.size());
  for (std::size_t i = 0; i < queries.size(); ++i) {
    set_texts(examples[i], {queries[i]}, static_cast<std::int64_t>(i));
  }
  std::vector<std::vector<Answer>> together;
  answerer(R"(, "top": 7, "batch_size": 8)")->answer(examples, [&](const auto& answers) {
    together.push_back(answers);
  });
  BOOST_REQUIRE_EQUAL(together.size(), queries.size());

  double worst = 0;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const auto q =
        vector_of(*loaded.model, loaded.tokenizers["query"].encode(queries[i]), "query_embedding", "query", true, true);
    std::vector<double> scores;  // of each line, by hand
    for (const std::string& document : documents) {
      const Ids ids = loaded.tokenizers["document"].encode(document);
      scores.push_back(product(q, vector_of(*loaded.model, ids, "document_embedding", "document", true, true)));
    }
    std::vector<double> best = scores;
    std::sort(best.begin(), best.end(), std::greater<>());
    BOOST_REQUIRE_EQUAL(together[i].size(), 7U);
    std::set<std::int64_t> seen;
    for (std::size_t k = 0; k < 7; ++k) {
      const Answer& answer = together[i][k];
      const std::int64_t line = answer.json.at("line").integer();
      BOOST_TEST(seen.insert(line).second);
      const double score = scores.at(static_cast<std::size_t>(line) - 1);
      worst = std::max({worst, std::abs(answer.json.at("score").real() - score), std::abs(best[k] - score) / 2});
      BOOST_TEST(answer.json.at("query").integer() == static_cast<std::int64_t>(i) + 1);
      BOOST_TEST(answer.text == documents.at(static_cast<std::size_t>(line) - 1));
      if (k > 0) BOOST_TEST(answer.json.at("score").real() <= together[i][k - 1].json.at("score").real());
    }
  }
  BOOST_TEST_MESSAGE("ranks of " << 7 * queries.size() << " documents, largest difference " << worst);
  BOOST_TEST(worst < 6e-5);  // ranks go by four digits after the point

  const auto alone = answerer(R"(, "top": 7)");
  for (std::size_t i = 0; i < examples.size(); ++i) {
    alone->answer(std::span(&examples[i], 1), [&](const std::vector<Answer>& answers) {
      for (std::size_t k = 0; k < 7; ++k) BOOST_TEST(answers.at(k).text == together[i][k].text);
    });
  }
  answerer(R"(, "top": 1000)")->answer(std::span(examples.data(), 1), [&](const std::vector<Answer>& answers) {
    BOOST_TEST(answers.size() == documents.size());
  });
  const std::string empty = folder.write("empty", "");
  check_error(
      [&] {
        (void)make_answerer(parse_json(R"({"type": "retrieve", "documents": ")" + empty + "\"}", "options"), loaded,
                            strata_test::plugins());
      },
      "E_DATA_EMPTY", empty, "no document");
}

BOOST_AUTO_TEST_SUITE_END()
