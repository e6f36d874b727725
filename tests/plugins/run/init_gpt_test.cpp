// A language model that begins with the values of another one of another vocabulary: it starts below the loss of one
// that is drawn anew, and its run can be loaded.
#include <boost/test/unit_test.hpp>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "strata/checkpoint/weights.hpp"
#include "strata/run/load_model.hpp"
#include "strata/run/train_run.hpp"

using namespace strata;
using strata_test::Folder;

namespace {

struct Losses final : Observer {
  std::vector<double> losses;
  std::vector<std::string> lines;
  void update(const UpdateReport& report) override { losses.push_back(report.loss); }
  void message(Severity severity, const std::string& text) override {
    if (severity == Severity::info) lines.push_back(text);
  }
};

// Trains a small GPT on a sentence, repeated.
Losses train(const Folder& folder, const std::string& run, const std::string& sentence, const std::string& init,
             const std::string& lr, std::int64_t updates) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += sentence + "\n";
  folder.write(run + ".txt", text);
  Config recipe = parse_json(R"({ "tokenizer": "word", "feed": { "type": "stream", "lanes": 4, "window": 8 },
    "model": { "type": "gpt", "width": 16, "layers": 1, "heads": 2, "context": 8, "dropout": 0 },
    "train": { "type": "supervised", "report_every": 1, "optimizer": { "type": "adam" }, "metrics": ["loss"] } })",
                             "test");
  recipe.put("data", Config::object({{"type", "text"},
                                     {"train", folder.path(run + ".txt")},
                                     {"valid", folder.path(run + ".txt")},
                                     {"document", "line"}}));
  recipe.set("train.optimizer.lr", lr);
  recipe.set("train.max_updates", std::to_string(updates));
  if (!init.empty()) recipe.put("init", Config::array({parse_json(init, "test")}));
  Losses losses;
  train_run(recipe, {folder.path(run), &losses, {}}, {strata_test::plugins(), nullptr});
  return losses;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(init_gpt)

BOOST_AUTO_TEST_CASE(a_model_with_a_new_vocabulary_starts_below_a_drawn_one) {
  const Folder folder;
  const std::string first = "the cat sat on the mat and the dog ran to the door",
                    second = "the cat sat on the sofa and the dog ran to the garden";
  const Losses source = train(folder, "first", first, "", "0.01", 80);
  const std::string init = R"({ "from": ")" + folder.path("first") + R"(", "rows": "by_token" })";
  const Losses taken = train(folder, "taken", second, init, "1e-30", 1);
  const Losses drawn = train(folder, "drawn", second, "", "1e-30", 1);
  BOOST_TEST_MESSAGE("loss of the source at the end " << source.losses.back() << ", of the new model with its values "
                                                      << taken.losses.front() << ", drawn " << drawn.losses.front());
  for (const std::string& line : taken.lines) BOOST_TEST_MESSAGE(line);
  BOOST_TEST(taken.losses.front() < drawn.losses.front() - 0.5);
  const ContextScope scope;
  const Host host{strata_test::plugins()};
  const LoadedModel before = load_model(folder.path("first"), "latest", host);
  const LoadedModel after = load_model(folder.path("taken"), "latest", host);
  const Vocabulary &then = before.tokenizers["text"].vocabulary(), &now = after.tokenizers["text"].vocabulary();
  const auto row = [](const LoadedModel& loaded, std::int64_t id) {
    const Weights weights(loaded.folder);
    std::vector<float> values(16);
    weights.read(*weights.find("body.embedding.weight"), id * 16, 16, values.data(), DType::f32);
    return values;
  };
  int shared = 0;
  for (std::int32_t id = 0; id < now.size(); ++id) {
    const std::int32_t found = then.find(now.token(id));
    if (found < 0) continue;
    BOOST_TEST(row(after, id) == row(before, found), boost::test_tools::per_element());
    ++shared;
  }
  BOOST_TEST(shared == now.size() - 2);  // sofa, garden
}

BOOST_AUTO_TEST_SUITE_END()
