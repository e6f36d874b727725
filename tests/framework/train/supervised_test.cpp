// The supervised trainer on a tiny model: losses against a hand-written float64 loop, accumulation, clipping, limits,
// validation, early stopping, divergence.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <exception>
#include <set>
#include <thread>

#include "framework/train/tiny.hpp"
#include "strata/checkpoint/checkpoint.hpp"
#include "strata/checkpoint/run_folder.hpp"
#include "strata/checkpoint/safetensors.hpp"
#include "strata/core/interrupt.hpp"
#include "strata/data/corpus.hpp"
#include "throws.hpp"

using namespace strata_test;

namespace {

// Plain gradient descent on TinyModel in float64, written out: the losses before each of `updates` full-batch steps.
struct HandLoop {
  std::size_t width = 0, sources = 0;
  std::vector<double> table, bag;
  std::vector<EncodedPair> examples;

  double step(double rate, double clip, double* norm = nullptr) {
    std::vector<double> table_gradient(table.size()), bag_gradient(bag.size());
    double loss = 0, weight = 0;
    for (const EncodedPair& one : examples) {
      std::vector<std::size_t> source(one.source.begin(), one.source.end()),
          target(one.target.begin(), one.target.end());
      source.push_back(kEnd);
      target.push_back(kEnd);
      std::size_t last = kStart;
      for (const std::size_t next : target) {
        std::vector<double> p(width);
        double total = 0;
        for (std::size_t v = 0; v < width; ++v) {
          double logit = table[last * width + v];
          for (const std::size_t word : source) logit += bag[word * width + v] / static_cast<double>(source.size());
          total += p[v] = std::exp(logit);
        }
        loss -= std::log(p[next] / total);
        weight += 1;
        for (std::size_t v = 0; v < width; ++v) {
          const double d = p[v] / total - (v == next ? 1 : 0);
          table_gradient[last * width + v] += d;
          for (const std::size_t word : source)
            bag_gradient[word * width + v] += d / static_cast<double>(source.size());
        }
        last = next;
      }
    }
    double squares = 0;
    for (const auto* all : {&table_gradient, &bag_gradient}) {
      for (const double g : *all) squares += g / weight * (g / weight);
    }
    if (norm != nullptr) *norm = std::sqrt(squares);
    const double scale = rate / weight * (clip > 0 ? std::min(1.0, clip / std::sqrt(squares)) : 1.0);
    for (std::size_t i = 0; i < table.size(); ++i) table[i] -= scale * table_gradient[i];
    for (std::size_t i = 0; i < bag.size(); ++i) bag[i] -= scale * bag_gradient[i];
    return loss / weight;
  }
};

// The corpus of a task and a hand loop that starts where train_run starts.
struct Setting {
  Tokenizers tokenizers;
  Corpus corpus;
  HandLoop hand;

  explicit Setting(const Config& recipe) {
    const auto dataset = default_registry().make<Dataset>(recipe.at("data"));
    tokenizers = make_tokenizers({"source", "target"}, [] { return default_registry().make<Tokenizer>("tiny_words"); });
    for (const std::size_t side : {0U, 1U}) {
      const auto reader = dataset->open("train");
      tokenizers.all()[side].tokenizer->train([&](std::string& line) {
        Example pair;
        if (!reader->next(pair)) return false;
        line = pair.fields[side].text;
        return true;
      });
    }
    CorpusReport report;
    corpus = read_corpus(*dataset->open("train"), tokenizers, {}, report);
    TinyModel model({}, {pair_sizes(tokenizers["source"].size(), tokenizers["target"].size())});
    model.materialise(7);
    hand.width = static_cast<std::size_t>(tokenizers["target"].size());
    hand.table = model.parameters()[0].parameter.value().to_doubles();
    hand.bag = model.parameters()[1].parameter.value().to_doubles();
    for (std::int64_t i = 0; i < corpus.size(); ++i) hand.examples.push_back(corpus[i]);
  }
};

void check_losses(const TinyTask& task, const std::string& train, double clip) {
  const Config recipe = task.recipe(train);
  Setting setting(recipe);
  Recorder recorder;
  TinyTask::train(recipe, task.run_path(), &recorder);
  BOOST_REQUIRE(recorder.updates.size() == 10U);
  double worst = 0;
  for (const UpdateReport& report : recorder.updates) {
    double norm = 0;
    const double loss = setting.hand.step(0.5, clip, &norm);
    worst = std::max({worst, std::abs(report.loss - loss) / loss, std::abs(report.gradient_norm - norm) / norm});
  }
  BOOST_TEST_MESSAGE("largest relative difference of ten losses and norms: " << worst);
  BOOST_TEST(worst < 2e-6);
}

// Trains in two ranks; what their models were called with.
std::vector<TinyModel::Call> train_pair(Config recipe, const std::string& output) {
  recipe.put("communicator", "tiny_pair");
  std::exception_ptr failure;
  std::vector<TinyModel::Call> calls;
  std::thread second([&] {
    try {
      TinyPair::mine() = 1;
      TinyTask::train(recipe, output);
      calls = TinyModel::calls();
    } catch (...) {
      failure = std::current_exception();
    }
  });
  TinyModel::calls().clear();
  TinyTask::train(recipe, output);
  second.join();
  BOOST_TEST((failure == nullptr));
  calls.insert(calls.end(), TinyModel::calls().begin(), TinyModel::calls().end());
  return calls;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(supervised)

BOOST_AUTO_TEST_CASE(ten_losses_of_plain_descent_are_those_of_a_hand_written_loop) {
  const TinyTask task;
  check_losses(task, R"({"optimizer": "tiny_descent", "batch": {"tokens": 100000}, "max_updates": 10})", 0);
}

// Random steps are hashes, so that no two forwards drop the same elements.
BOOST_AUTO_TEST_CASE(each_micro_batch_has_random_numbers_of_its_own) {
  const TinyTask task;
  TinyModel::calls().clear();
  TinyTask::train(task.recipe(R"({"max_updates": 5, "accumulate": 3})", R"({"dropout": 0.5})"), task.run_path());
  std::set<std::int64_t> steps;
  for (const TinyModel::Call& call : TinyModel::calls()) steps.insert(call.random_step);
  BOOST_TEST(TinyModel::calls().size() == 15U);
  BOOST_TEST(steps.size() == 15U);
}

BOOST_AUTO_TEST_CASE(subwords_are_sampled_anew_in_every_epoch) {
  const TinyTask task;
  const auto epochs = [&](const std::string& name) {
    Config recipe = task.recipe(R"({"max_epochs": 3, "batch": {"tokens": 100000}})");
    recipe.put("tokenizer", Config::object({{"type", "tiny_words"}, {"samples", true}}));
    TinyModel::calls().clear();
    TinyTask::train(recipe, task.run_path(name));
    std::vector<std::multiset<std::vector<double>>> rows;
    for (const TinyModel::Call& call : TinyModel::calls()) rows.push_back(call.rows);
    return rows;
  };
  const auto first = epochs("first"), again = epochs("again");
  BOOST_REQUIRE(first.size() == 3U);
  BOOST_TEST((first[0] != first[1]));
  BOOST_TEST((first[1] != first[2]));
  BOOST_TEST((first[0] != first[2]));
  BOOST_TEST((first == again));  // the seed and the epoch decide
}

BOOST_AUTO_TEST_CASE(a_joint_tokenizer_learns_from_both_sides) {
  const TinyTask task;
  const auto words = [](const std::string& file) {
    const Vocabulary vocabulary = Vocabulary::load(file);
    std::set<std::string> found;
    for (std::int32_t id = kSpecials; id < vocabulary.size(); ++id) found.insert(vocabulary.token(id));
    return found;
  };
  const std::set<std::string> low = {"a", "b", "c", "d", "e"}, high = {"A", "B", "C", "D", "E"};
  for (const bool joint : {true, false}) {
    Config recipe = task.recipe(R"({"max_updates": 1})");
    recipe.put("tokenizer", Config::object({{"type", "tiny_words"}, {"joint", joint}}));
    TinyTask::train(recipe, task.run_path(joint ? "joint" : "apart"));
  }
  std::set<std::string> all = low;
  all.insert(high.begin(), high.end());
  BOOST_TEST((words(task.path("joint/latest/vocab.txt")) == all));
  BOOST_TEST((words(task.path("apart/latest/source.vocab.txt")) == low));
  BOOST_TEST((words(task.path("apart/latest/target.vocab.txt")) == high));
}

BOOST_AUTO_TEST_CASE(clipping_scales_to_the_norm) {
  const TinyTask task;
  check_losses(
      task, R"({"optimizer": "tiny_descent", "batch": {"tokens": 100000}, "max_updates": 10, "clip_norm": 0.1})", 0.1);
}

BOOST_AUTO_TEST_CASE(accumulated_batches_are_one_large_one) {
  const TinyTask task;  // 24 pairs in batches of 6 at most
  check_losses(
      task,
      R"({"optimizer": "tiny_descent", "batch": {"sentences": 6, "tokens": 100000}, "accumulate": 4, "max_updates": 10})",
      0);
}

BOOST_AUTO_TEST_CASE(some_limit_must_be_set) {
  const TinyTask task;
  strata::test::check_throws([&] { TinyTask::train(task.recipe(), task.run_path()); }, "E_CONFIG_MISSING",
                             "recipe.json:/train", "max_updates");
}

BOOST_AUTO_TEST_CASE(epochs_and_minutes_end_a_run) {
  const TinyTask task;
  Recorder recorder;
  EndReport end = TinyTask::train(task.recipe(R"({"max_epochs": 2})"), task.run_path(), &recorder);
  BOOST_TEST(end.reason == "max_epochs");
  BOOST_TEST(end.epoch == 2);
  BOOST_TEST(recorder.updates.back().sentences == 48);
  BOOST_TEST(recorder.updates.back().progress == 1.0);
  BOOST_TEST(recorder.validations.size() == 2U);
  end = TinyTask::train(task.recipe(R"({"max_minutes": 0.002})"), task.run_path("clock"));
  BOOST_TEST(end.reason == "max_minutes");
  BOOST_TEST(end.elapsed_seconds >= 0.12);
}

BOOST_AUTO_TEST_CASE(best_follows_the_first_metric_and_links_are_relative) {
  const TinyTask task;
  Recorder recorder;
  const EndReport end = TinyTask::train(
      task.recipe(R"({"max_updates": 9, "validate_every": 3, "metrics": ["accuracy", "loss"], "checkpoint_every": 3})"),
      task.run_path(), &recorder);
  BOOST_REQUIRE(recorder.validations.size() == 3U);
  std::int64_t best = 0;
  double highest = -1;
  for (const ValidationReport& report : recorder.validations) {
    BOOST_TEST(report.metrics.front().name == "accuracy");
    if (report.metrics.front().value > highest) {
      highest = report.metrics.front().value;
      best = report.update;
    }
  }
  BOOST_TEST(end.best == task.run_path() + "/checkpoint-" + std::to_string(best));
  BOOST_TEST(std::filesystem::read_symlink(task.path("run/best")).string() == "checkpoint-" + std::to_string(best));
  BOOST_TEST(std::filesystem::read_symlink(task.path("run/latest")).string() == "checkpoint-9");
  // evaluate_run measures the same.
  EvaluateOptions options;
  options.split = "valid";
  const auto again = evaluate_run(task.run_path(), options);
  BOOST_TEST(again.front().value == highest);
}

BOOST_AUTO_TEST_CASE(patience_ends_a_run_that_gets_no_better) {
  const TinyTask task;
  Recorder recorder;  // a rate of 0 never improves after the first validation
  const EndReport end = TinyTask::train(
      task.recipe(
          R"({"max_updates": 100, "validate_every": 2, "patience": 3, "optimizer": {"type": "tiny_descent", "lr": 0}})"),
      task.run_path(), &recorder);
  BOOST_TEST(end.reason == "early_stopping");
  BOOST_TEST(end.update == 8);
  BOOST_TEST(recorder.validations.size() == 4U);
  BOOST_TEST(end.best == task.run_path() + "/checkpoint-2");
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_no_number_ends_the_run_and_keeps_the_checkpoint) {
  const TinyTask task;
  const Config recipe =
      task.recipe(R"({"max_updates": 9, "checkpoint_every": 2, "validate_every": 100})", R"({"spoil": 6})");
  const Error fault = strata::test::thrown([&] { TinyTask::train(recipe, task.run_path()); });
  BOOST_TEST(fault.code() == "E_DIVERGED");
  BOOST_TEST((fault.exit() == Exit::diverged));
  BOOST_TEST(fault.place() == "update 6");
  BOOST_TEST(fault.message().find("nan") != std::string::npos);
  BOOST_TEST(fault.message().find(task.run_path() + "/checkpoint-4") != std::string::npos);
  BOOST_TEST(checkpoint_intact(task.run_path() + "/checkpoint-4"));
}

BOOST_AUTO_TEST_CASE(old_checkpoints_go_but_best_and_latest_stay) {
  const TinyTask task;
  TinyTask::train(task.recipe(R"({"max_updates": 12, "validate_every": 3, "checkpoint_every": 1, "keep_checkpoints": 2,
                                  "optimizer": {"type": "tiny_descent", "lr": 0}})"),
                  task.run_path());
  BOOST_TEST(RunFolder(task.run_path()).checkpoints() == (std::vector<std::int64_t>{3, 11, 12}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(metrics_of_texts_need_a_translator) {
  const TinyTask task;
  const Config recipe = task.recipe(R"({"max_updates": 2, "metrics": ["exact_match"]})");
  strata::test::check_throws([&] { TinyTask::train(recipe, task.run_path()); }, "E_CONFIG_METRIC", "train.metrics",
                             "exact_match");
  TrainRunOptions options;
  options.output = task.run_path();
  options.translate = [](Model&, const Tokenizers&) -> TranslateLines {
    return [](const std::vector<std::string>& sources) { return sources; };
  };
  Recorder recorder;
  options.observer = &recorder;
  train_run(recipe, options);
  BOOST_TEST(recorder.validations.back().metrics.front().value == 0.0);
}

BOOST_AUTO_TEST_CASE(each_rank_has_random_numbers_of_its_own) {
  const TinyTask task;
  const std::vector<TinyModel::Call> both = train_pair(
      task.recipe(R"({"max_updates": 4, "accumulate": 2, "batch": {"sentences": 3}})", R"({"dropout": 0.5})"),
      task.run_path());
  std::set<std::int64_t> steps;
  for (const TinyModel::Call& call : both) steps.insert(call.random_step);
  BOOST_TEST(both.size() == 16U);
  BOOST_TEST(steps.size() == 16U);
}

BOOST_AUTO_TEST_CASE(two_ranks_are_one_process_with_twice_the_batches) {
  const TinyTask task;
  const std::string options = R"("max_updates": 7, "batch": {"sentences": 6}, "clip_norm": 0.5, "max_epochs": 3)";
  TinyTask::train(task.recipe("{" + options + R"(, "accumulate": 2})"), task.run_path("one"));
  (void)train_pair(task.recipe("{" + options + "}"), task.run_path("two"));
  const SafetensorsFile one(task.path("one/latest/model.safetensors")), two(task.path("two/latest/model.safetensors"));
  double worst = 0;
  for (const auto& entry : one.entries()) {
    const std::vector<double> a = one.read(entry).to_doubles(), b = two.read(*two.find(entry.name)).to_doubles();
    for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  }
  BOOST_TEST_MESSAGE("largest difference of a parameter: " << worst);
  BOOST_TEST(worst < 1e-6);
}

BOOST_AUTO_TEST_SUITE_END()
