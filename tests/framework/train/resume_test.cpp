// Going on: stopped after any update, a run ends with the bytes of one that was never stopped.
#include <boost/test/unit_test.hpp>
#include <csignal>

#include "framework/train/tiny.hpp"
#include "strata/core/interrupt.hpp"
#include "strata/model/run_folder.hpp"
#include "throws.hpp"

using namespace strata_test;

namespace {

// Dropout, momentum, accumulation over epoch ends, validation: all that a resume could forget.
constexpr const char* kTrain =
    R"({"max_updates": 17, "validate_every": 4, "checkpoint_every": 5, "accumulate": 2, "clip_norm": 1, "patience": 3})";
constexpr const char* kModel = R"({"dropout": 0.3})";

void stop_after(std::int64_t update, const Config& recipe, const std::string& run) {
  Recorder recorder;
  recorder.after_update = [update](std::int64_t now) {
    if (now == update) set_interrupted(SIGTERM);
  };
  const Error fault = strata::test::thrown([&] { TinyTask::train(recipe, run, &recorder); });
  set_interrupted(0);
  BOOST_TEST(fault.code() == "E_STOPPED");
  BOOST_TEST((fault.exit() == Exit::stopped));
  BOOST_TEST(fault.message().find(run + "/checkpoint-" + std::to_string(update)) != std::string::npos);
  BOOST_TEST(recorder.ends.back().reason == "interrupted");
}

void ends_with_the_same_bytes(const char* train) {
  const TinyTask task;
  const Config recipe = task.recipe(train, kModel);
  Recorder whole;
  const EndReport end = TinyTask::train(recipe, task.run_path(), &whole);
  const auto files = {"model.safetensors", "optimizer.safetensors"};
  const std::string last = "/checkpoint-" + std::to_string(end.update) + "/";
  for (std::int64_t update = 1; update < end.update; ++update) {
    const std::string run = task.run_path("stopped-" + std::to_string(update));
    stop_after(update, recipe, run);
    Recorder rest;
    const EndReport again = TinyTask::train(recipe, run, &rest);
    BOOST_TEST(rest.runs.front().start_update == update);
    BOOST_TEST(again.reason == end.reason);
    BOOST_TEST(again.update == end.update);
    BOOST_TEST(RunFolder(run).best().value() == RunFolder(task.run_path()).best().value());
    for (const char* file : files) {
      BOOST_TEST((bytes_of(run + last + file) == bytes_of(task.run_path() + last + file)), file << " after " << update);
    }
    BOOST_TEST(rest.updates.back().loss == whole.updates.back().loss);
    BOOST_TEST(rest.updates.back().sentences == whole.updates.back().sentences);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resume)

BOOST_AUTO_TEST_CASE(stopped_after_any_update_a_run_ends_with_the_same_bytes) { ends_with_the_same_bytes(kTrain); }
BOOST_AUTO_TEST_CASE(so_does_one_with_a_mean_of_its_weights) {
  ends_with_the_same_bytes(R"({"max_updates": 9, "validate_every": 4, "checkpoint_every": 5, "ema": 0.7})");
}

BOOST_AUTO_TEST_CASE(a_killed_run_goes_on_from_the_last_checkpoint) {
  const TinyTask task;
  const Config recipe = task.recipe(kTrain, kModel);
  const EndReport end = TinyTask::train(recipe, task.run_path());
  // As if killed at update 13: only what was saved up to 10 is there, and a half-written folder.
  struct Killed {};
  Recorder recorder;
  recorder.after_update = [](std::int64_t now) {
    if (now == 13) throw Killed();
  };
  const std::string run = task.run_path("killed");
  BOOST_CHECK_THROW(TinyTask::train(recipe, run, &recorder), Killed);
  std::filesystem::create_directories(run + "/checkpoint-13.tmp-1");
  std::filesystem::remove(run + "/best");  // killed before the link
  TinyTask::train(recipe, run);
  const std::string last = "/checkpoint-" + std::to_string(end.update) + "/model.safetensors";
  BOOST_TEST((bytes_of(run + last) == bytes_of(task.run_path() + last)));
  BOOST_TEST(!std::filesystem::exists(run + "/checkpoint-13.tmp-1"));
  BOOST_TEST(RunFolder(run).best().value() == RunFolder(task.run_path()).best().value());
}

BOOST_AUTO_TEST_CASE(a_finished_run_is_left_as_it_is_and_a_higher_limit_goes_on) {
  const TinyTask task;
  TinyTask::train(task.recipe(R"({"max_updates": 6})"), task.run_path());
  const std::string before = bytes_of(task.path("run/checkpoint-6/trainer_state.json"));
  Recorder recorder;
  BOOST_TEST(TinyTask::train(task.recipe(R"({"max_updates": 6})"), task.run_path(), &recorder).reason == "max_updates");
  BOOST_TEST(recorder.updates.empty());
  BOOST_TEST(recorder.validations.empty());
  BOOST_TEST((bytes_of(task.path("run/checkpoint-6/trainer_state.json")) == before));
  TinyTask::train(task.recipe(R"({"max_updates": 9})"), task.run_path());
  TinyTask::train(task.recipe(R"({"max_updates": 9})"), task.run_path("whole"));
  BOOST_TEST(
      (bytes_of(task.path("run/latest/model.safetensors")) == bytes_of(task.path("whole/latest/model.safetensors"))));
}

BOOST_AUTO_TEST_CASE(a_changed_recipe_is_refused_where_it_matters) {
  const TinyTask task;
  TinyTask::train(task.recipe(R"({"max_updates": 3})"), task.run_path());
  const auto go_on = [&](const Config& recipe) { TinyTask::train(recipe, task.run_path()); };
  strata::test::check_throws([&] { go_on(task.recipe(R"({"max_updates": 4})", R"({"dropout": 0.5})")); },
                             "E_CONFIG_RESUME", "recipe.json:/dropout",
                             "model.dropout is 0.5, the run was started with 0");
  strata::test::check_throws([&] { go_on(task.recipe(R"({"max_updates": 4, "optimizer": "tiny_descent"})")); },
                             "E_CONFIG_RESUME", "train.optimizer.type", "tiny_momentum");
  Config seeded = task.recipe(R"({"max_updates": 4})");
  seeded.put("seed", 8);
  strata::test::check_throws([&] { go_on(seeded); }, "E_CONFIG_RESUME", "seed", "8, the run was started with 7");
  Recorder recorder;
  TinyTask::train(task.recipe(R"({"max_updates": 4, "clip_norm": 2, "report_every": 2})"), task.run_path(), &recorder);
  BOOST_REQUIRE(!recorder.messages.empty());
  BOOST_TEST(recorder.messages.front().find("train.clip_norm is now 2") == 0U);
}

BOOST_AUTO_TEST_CASE(two_trainers_do_not_share_a_folder) {
  const TinyTask task;
  RunFolder other(task.run_path());
  other.open_for_training();
  strata::test::check_throws([&] { TinyTask::train(task.recipe(R"({"max_updates": 3})"), task.run_path()); },
                             "E_IO_LOCKED", task.run_path());
}

BOOST_AUTO_TEST_SUITE_END()
