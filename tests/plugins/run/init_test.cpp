// "init" of a recipe: what a new model takes from a trained one, compared with the files of both.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "strata/checkpoint/run_folder.hpp"
#include "strata/checkpoint/weights.hpp"
#include "strata/run/load_model.hpp"
#include "strata/run/train_run.hpp"
#include "throws.hpp"

using namespace strata;
using strata::test::check_throws;
using strata_test::Folder;

namespace {

constexpr const char* kTransformer = R"({ "type": "transformer", "width": 16, "dropout": 0, "encoder": { "layers": 1 },
  "decoder": { "layers": 1 }, "block": { "type": "transformer", "dropout": 0,
  "attention": { "type": "sdpa", "heads": 2 }, "feed_forward": { "type": "feed_forward", "hidden": 16 } } })";
constexpr const char* kSeq2seq = R"({ "type": "seq2seq", "embedding": 8, "dropout": 0,
  "encoder": { "hidden": 8 }, "decoder": { "hidden": 8, "attention": "additive" } })";

struct Lines final : Observer {
  std::vector<std::string> lines;
  void message(Severity severity, const std::string& text) override {
    if (severity == Severity::info) lines.push_back(text);
  }
  bool have(const std::string& part) const {
    for (const std::string& line : lines) {
      if (line.find(part) != std::string::npos) return true;
    }
    return false;
  }
};

// Trains on pairs of words; a step size of 1e-30 leaves every parameter at its initial value.
Lines train(const Folder& folder, const std::string& run, const std::vector<std::string>& words,
            const std::string& model, const std::string& init, double lr) {
  std::string source, target;
  for (std::size_t i = 0; i < words.size(); ++i) {
    source += words[i] + " " + words[(i + 1) % words.size()] + "\n";
    target += words[(i + 1) % words.size()] + " " + words[i] + "\n";
  }
  for (const char* split : {"train", "valid"}) {
    folder.write(run + "-" + split + ".source", source);
    folder.write(run + "-" + split + ".target", target);
  }
  Config recipe = parse_json(R"({ "tokenizer": "word", "feed": { "type": "pairs", "batch": { "tokens": 100 } },
    "train": { "type": "supervised", "max_updates": 2, "optimizer": { "type": "adam" }, "metrics": ["loss"] } })",
                             "test");
  recipe.put("model", parse_json(model, "test"));
  recipe.put("data", Config::object({{"type", "parallel"},
                                     {"train", folder.path(run + "-train")},
                                     {"valid", folder.path(run + "-valid")}}));
  recipe.set("train.optimizer.lr", std::to_string(lr));
  if (lr == 0) recipe.set("train.optimizer.lr", "1e-30");
  if (!init.empty()) recipe.put("init", Config::array({parse_json(init, "test")}));
  Lines lines;
  train_run(recipe, {folder.path(run), &lines, {}}, {strata_test::plugins(), nullptr});
  return lines;
}

std::vector<float> row(const Weights& weights, const std::string& name, std::int64_t row) {
  const Weights::Entry& entry = *weights.find(name);
  const std::int64_t width = entry.shape.numel() / entry.shape[0];
  std::vector<float> values(static_cast<std::size_t>(width));
  weights.read(entry, row * width, width, values.data(), DType::f32);
  return values;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(init)

BOOST_AUTO_TEST_CASE(rows_of_shared_tokens_are_those_of_the_source) {
  for (const char* model : {kTransformer, kSeq2seq}) {
    const Folder folder;
    train(folder, "first", {"ant", "bee", "cat", "dog", "eel"}, model, "", 0.01);
    const std::string init = R"({ "from": ")" + folder.path("first") + R"(", "rows": "by_token" })";
    const Lines said = train(folder, "second", {"cow", "cat", "eel", "ant", "fox", "hen"}, model, init, 0);
    const Host host{strata_test::plugins()};
    const ContextScope scope;
    const LoadedModel before = load_model(folder.path("first"), "latest", host);
    const LoadedModel after = load_model(folder.path("second"), "latest", host);
    const Weights old_values(before.folder), new_values(after.folder);
    int shared = 0, rows = 0;
    for (const Weights::Entry& entry : new_values.entries()) {
      const Vocabulary &now = after.tokenizers["target"].vocabulary(), &then = before.tokenizers["target"].vocabulary();
      const Weights::Entry& old = *old_values.find(entry.name);
      if (entry.shape.rank() == 0 || entry.shape[0] != now.size()) {
        BOOST_REQUIRE(entry.shape == old.shape);
        for (std::int64_t i = 0; entry.shape.rank() > 0 && i < entry.shape[0]; ++i) {
          BOOST_TEST(row(new_values, entry.name, i) == row(old_values, entry.name, i));
        }
        continue;
      }
      ++rows;
      std::vector<double> mean(row(new_values, entry.name, 0).size());
      double taken = 0;
      for (std::int32_t id = 0; id < now.size(); ++id) {
        const std::int32_t found = then.find(now.token(id));
        if (found < 0) continue;
        const std::vector<float> values = row(new_values, entry.name, id);
        BOOST_TEST(values == row(old_values, entry.name, found), boost::test_tools::per_element());
        for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += static_cast<double>(values[i]);
        ++taken;
        ++shared;
      }
      const std::vector<float> fresh = row(new_values, entry.name, now.find("cow"));
      for (std::size_t i = 0; i < mean.size(); ++i) BOOST_TEST(std::abs(fresh[i] - mean[i] / taken) < 1e-6);
    }
    BOOST_TEST_MESSAGE(model << ": " << rows << " parameters with a row for each token, " << shared
                             << " rows compared");
    BOOST_TEST(rows >= 3);           // two embeddings and an output
    BOOST_TEST(shared == rows * 7);  // ant, cat, eel and four special tokens
    BOOST_TEST(said.have("rows of \"source\": 7 of 10 tokens taken, 3 new (mean)"));
    BOOST_TEST(said.have(" 0 drawn, 0 tensors left"));
  }
}

BOOST_AUTO_TEST_CASE(a_part_is_taken_and_the_rest_is_drawn_as_without_init) {
  const Folder folder;
  const std::vector<std::string> words{"ant", "bee", "cat"};
  train(folder, "first", words, kTransformer, "", 0.01);
  train(folder, "plain", words, kTransformer, "", 0);
  const std::string init = R"({ "from": ")" + folder.path("first") + R"(", "into": "encoder" })";
  train(folder, "second", words, kTransformer, init, 0);
  const Weights first(folder.path("first")), plain(folder.path("plain")), second(folder.path("second"));
  int taken = 0, drawn = 0;
  float worst = 0;  // the two updates may have moved a zero by the step size
  for (const Weights::Entry& entry : second.entries()) {
    const bool within = entry.name.rfind("encoder.", 0) == 0;
    (within ? taken : drawn) += 1;
    for (std::int64_t i = 0; i < entry.shape[0]; ++i) {
      const std::vector<float> found = row(second, entry.name, i), wanted = row(within ? first : plain, entry.name, i);
      for (std::size_t j = 0; j < found.size(); ++j) worst = std::max(worst, std::abs(found[j] - wanted[j]));
    }
  }
  BOOST_TEST_MESSAGE(taken << " taken, " << drawn << " drawn, largest difference " << worst);
  BOOST_TEST(worst < 1e-20F);
  BOOST_TEST(taken > 5);
  BOOST_TEST(drawn > 5);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  const Folder folder;
  const std::vector<std::string> words{"ant", "bee", "cat"}, more{"ant", "bee", "cat", "dog"};
  train(folder, "first", words, kSeq2seq, "", 0.01);
  const std::string from = R"({ "from": ")" + folder.path("first") + "\"";
  const std::string checkpoint = find_checkpoint(folder.path("first"));
  check_throws([&] { train(folder, "a", more, kSeq2seq, from + "}", 0); }, "E_CHECKPOINT_SHAPE", checkpoint,
               " of the model is [8,");
  check_throws([&] { train(folder, "b", words, kSeq2seq, from + R"(, "into": "encoder", "part": "nothing"})", 0); },
               "E_CHECKPOINT_PARAMETERS", checkpoint, "lacks ");
  check_throws(
      [&] {
        train(folder, "c", words, kSeq2seq,
              R"({ "from": ")" + checkpoint + R"(/model.safetensors", "rows": "by_token" })", 0);
      },
      "E_CONFIG_RANGE", "init", "has no vocabulary for rows by token");
}

BOOST_AUTO_TEST_SUITE_END()
