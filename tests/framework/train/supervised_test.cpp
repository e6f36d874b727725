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
#include "strata/nn/quantize.hpp"
#include "strata/run/average.hpp"
#include "strata/run/load_model.hpp"
#include "throws.hpp"

using namespace strata_test;

namespace {

// Plain gradient descent on TinyModel in float64, written out: the losses before each of `updates` full-batch steps.
struct HandLoop {
  std::size_t width = 0, sources = 0;
  std::vector<double> table, bag;
  double table_factor = 1, bag_factor = 1;  // of the rate; 0: frozen, so that the norm of the gradients leaves it out
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
    for (const auto& [factor, all] : {std::pair(table_factor, &table_gradient), std::pair(bag_factor, &bag_gradient)}) {
      for (const double g : *all) squares += factor > 0 ? g / weight * (g / weight) : 0;
    }
    if (norm != nullptr) *norm = std::sqrt(squares);
    const double scale = rate / weight * (clip > 0 ? std::min(1.0, clip / std::sqrt(squares)) : 1.0);
    for (std::size_t i = 0; i < table.size(); ++i) table[i] -= table_factor * scale * table_gradient[i];
    for (std::size_t i = 0; i < bag.size(); ++i) bag[i] -= bag_factor * scale * bag_gradient[i];
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

void check_losses(const TinyTask& task, const std::string& train, double clip, double table_factor = 1,
                  double bag_factor = 1) {
  const Config recipe = task.recipe(train);
  Setting setting(recipe);
  setting.hand.table_factor = table_factor;
  setting.hand.bag_factor = bag_factor;
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

BOOST_AUTO_TEST_CASE(groups_and_frozen_parameters_are_those_of_a_hand_written_loop) {
  const std::string common = R"({"optimizer": "tiny_descent", "max_updates": 10, "batch": {"tokens": 100000}, )";
  check_losses(TinyTask(), common + R"("groups": [{"parameters": "bag", "rate": 0.25}]})", 0, 1, 0.25);
  check_losses(TinyTask(), common + R"("freeze": ["bag"], "clip_norm": 0.05})", 0.05, 1, 0);
  check_losses(TinyTask(),
               common + R"("freeze": ["table"], "clip_norm": 0.05, "groups": [{"parameters": "bag", "rate": 2}]})",
               0.05, 0, 2);
}

BOOST_AUTO_TEST_CASE(frozen_parameters_stay_bit_for_bit_and_have_no_state) {
  const TinyTask task;
  Recorder told;
  TinyTask::train(
      task.recipe(R"({"max_updates": 5, "checkpoint_every": 1, "freeze": ["bag"], "ema": 0.9})", R"({"hidden": 2})"),
      task.run_path(), &told);
  TinyTask::train(task.recipe(R"({"max_updates": 1})", R"({"hidden": 2})"), task.run_path("free"));
  const auto bag_of = [&](const std::string& file) {
    const SafetensorsFile weights(task.path(file));
    return weights.read(*weights.find("bag")).to_doubles();
  };
  const std::vector<double> first = bag_of("run/checkpoint-1/model.safetensors");
  BOOST_TEST(bag_of("run/checkpoint-5/model.safetensors") == first, boost::test_tools::per_element());
  BOOST_TEST((bag_of("free/latest/model.safetensors") != first));
  const SafetensorsFile state(task.path("run/latest/optimizer.safetensors"));
  for (const auto& entry : state.entries()) {
    BOOST_TEST(entry.name.find("bag") == std::string::npos, entry.name);
  }
  const std::int64_t bag = static_cast<std::int64_t>(first.size());
  BOOST_TEST(told.runs.front().trained == told.runs.front().parameters - bag);
  BOOST_TEST(bag > 0);
}

BOOST_AUTO_TEST_CASE(a_buffer_is_saved_and_goes_on_and_no_optimizer_has_it) {
  const TinyTask task;
  const std::string train = R"({"checkpoint_every": 1, "accumulate": 2, "validate_every": 1, "max_updates": )";
  Recorder told, more;
  TinyTask::train(task.recipe(train + "3}", R"({"counts": true})"), task.run_path(), &told);
  TinyTask::train(task.recipe(train + "5}", R"({"counts": true})"), task.run_path(), &more);
  told.updates.insert(told.updates.end(), more.updates.begin(), more.updates.end());
  BOOST_REQUIRE(told.updates.size() == 5U);
  for (const UpdateReport& update : told.updates) {
    const std::string folder = task.run_path() + "/checkpoint-" + std::to_string(update.update);
    const SafetensorsFile weights(folder + "/model.safetensors"), state(folder + "/optimizer.safetensors");
    BOOST_TEST(weights.read(*weights.find("seen")).item() == static_cast<double>(update.target_tokens));
    for (const auto& entry : state.entries()) BOOST_TEST(entry.name.find("seen") == std::string::npos, entry.name);
  }
  const LoadedModel loaded = load_model(task.run_path(), "latest");
  BOOST_REQUIRE(loaded.model->buffers().size() == 1U);
  const auto seen = [](const LoadedModel& model) { return model.model->buffers()[0].parameter.value().item(); };
  BOOST_TEST(seen(loaded) == static_cast<double>(told.updates.back().target_tokens));
  (void)quantize(*loaded.model);
  save_model(loaded, task.path("codes"));
  BOOST_TEST(seen(load_model(task.path("codes"))) == seen(loaded));

  std::vector<std::string> folders;
  double sum = 0;
  for (const int update : {2, 3, 5}) {
    folders.push_back(task.run_path() + "/checkpoint-" + std::to_string(update));
    sum += static_cast<double>(told.updates[static_cast<std::size_t>(update - 1)].target_tokens);
  }
  average_checkpoints(folders, task.path("mean"));
  BOOST_TEST(std::abs(seen(load_model(task.path("mean"))) / (sum / 3) - 1) < 1e-6);
}

BOOST_AUTO_TEST_CASE(names_that_nothing_has_are_errors_of_one_line) {
  const TinyTask task;
  const auto refused = [&](const std::string& train, const char* code, const char* place, const char* says) {
    strata::test::check_throws([&] { TinyTask::train(task.recipe(train), task.run_path("refused")); }, code, place,
                               says);
  };
  refused(R"({"max_updates": 1, "freeze": ["tabel"]})", "E_MODEL_PARAMETER", "train.freeze",
          "\"tabel\": no parameter has this name, or a name that begins with it (did you mean \"table\"?");
  refused(R"({"max_updates": 1, "groups": [{"parameters": "bag"}, {"parameters": "bags"}]})", "E_MODEL_PARAMETER",
          "train.groups/1", "did you mean \"bag\"?");
  refused(R"({"max_updates": 1, "freeze": ["bag"], "groups": [{"parameters": "bag"}]})", "E_MODEL_PARAMETER",
          "train.groups/0", "all parameters of \"bag\" are frozen");
  refused(R"({"max_updates": 1, "freeze": ["bag", "table"]})", "E_CONFIG_GROUPS", "train.freeze",
          "all 2 parameters of the model are frozen");
  refused(R"({"max_updates": 1, "freeze": [""]})", "E_CONFIG_GROUPS", "train.freeze", "nothing is left to train");
  refused(R"({"max_updates": 1, "groups": [{"parameters": "bag"}, {"parameters": "bag"}]})", "E_CONFIG_GROUPS",
          "train.groups/1", "has a group already: 0");
  refused(R"({"max_updates": 1, "groups": [{"rate": 0.5}]})", "E_CONFIG_MISSING", "recipe.json:/groups/0/parameters",
          "");
  refused(R"({"max_updates": 1, "groups": [{"parameters": "bag", "rates": 1}]})", "E_CONFIG_UNKNOWN",
          "recipe.json:/groups/0/rates", "did you mean \"rate\"?");
  refused(R"({"max_updates": 1, "rate_decay": 0})", "E_CONFIG_RANGE", "recipe.json:/rate_decay", "0 < rate_decay <= 1");
}

BOOST_AUTO_TEST_CASE(two_ranks_have_the_buffers_of_the_first) {
  const TinyTask task;
  const std::vector<TinyModel::Call> both = train_pair(
      task.recipe(R"({"max_updates": 4, "batch": {"sentences": 3}})", R"({"counts": true})"), task.run_path("two"));
  BOOST_REQUIRE(both.size() == 8U);
  for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(both[i].seen == both[i + 4].seen);
  BOOST_TEST(both[3].seen > both[1].seen);
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
