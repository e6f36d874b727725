// Going on: stopped after any update, a run ends with the bytes of one that was never stopped.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>
#include <thread>

#include "framework/train/tiny.hpp"
#include "strata/checkpoint/checkpoint.hpp"
#include "strata/checkpoint/run_folder.hpp"
#include "strata/core/file.hpp"
#include "strata/core/interrupt.hpp"
#include "strata/core/sha256.hpp"
#include "strata/observe/observers.hpp"
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

// A recipe may name it; nothing of it is run.
class OtherTrainer final : public Trainer {
 public:
  struct Options {
    void visit(auto&) {}
  };
  OtherTrainer(const Options&, const Facts&) {}
  EndReport run(const TrainJob&) override { return {}; }
};

void ends_with_the_same_bytes(const char* train, const char* model = kModel) {
  const TinyTask task;
  const Config recipe = task.recipe(train, model);
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

BOOST_AUTO_TEST_CASE(so_does_one_with_groups_and_frozen_parameters_and_a_buffer) {
  ends_with_the_same_bytes(
      R"({"max_updates": 9, "validate_every": 4, "checkpoint_every": 5, "ema": 0.7, "freeze": ["unused"],
          "groups": [{"parameters": "bag", "rate": 0.25, "decay": 0}]})",
      R"({"dropout": 0.1, "hidden": 3, "counts": true})");
}
// A run of an earlier version has none of the options that came later.
BOOST_AUTO_TEST_CASE(an_option_that_is_new_and_empty_changes_nothing) {
  const TinyTask task;
  TinyTask::train(task.recipe(R"({"max_updates": 1})"), task.run_path());
  const std::string folder = task.run_path() + "/checkpoint-1/";
  Config saved = read_json(folder + "config.json"), manifest = read_json(folder + "manifest.json"),
         train = saved.at("train");
  train.erase("freeze");
  saved.put("train", train);
  const std::string text = write_json(saved);
  write_file(folder + "config.json", text);
  Config files = manifest.at("files");
  files.put("config.json",
            Config::object({{"size", static_cast<std::int64_t>(text.size())}, {"sha256", sha256_hex(text)}}));
  manifest.put("files", files);
  write_file(folder + "manifest.json", write_json(manifest));
  BOOST_TEST(TinyTask::train(task.recipe(R"({"max_updates": 2})"), task.run_path()).update == 2);
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

// Stopped or killed any number of times, before the first checkpoint too, a run has the curve of one that never was.
BOOST_AUTO_TEST_CASE(the_learning_curve_goes_on) {
  struct Killed {};
  const TinyTask task;
  const Config recipe = task.recipe(kTrain, kModel);
  const auto train = [&](const std::string& run, std::int64_t kill_at = 0, std::int64_t stop_at = 0) {
    Observers all;
    const auto recorder = std::make_shared<Recorder>();
    recorder->after_update = [=](std::int64_t now) {
      if (now == stop_at) set_interrupted(SIGTERM);
      if (now == kill_at) throw Killed();
    };
    all.add(make_curve_observer(run + "/learning_curve.svg"));
    all.add(recorder);
    try {
      TinyTask::train(recipe, run, &all);
      BOOST_TEST((kill_at == 0 && stop_at == 0));
    } catch (const Killed&) {
    } catch (const Error& fault) {
      BOOST_TEST(fault.code() == "E_STOPPED");
    }
    set_interrupted(0);
    return recorder;
  };
  const auto whole = train(task.run_path());
  const std::string picture = bytes_of(task.run_path("run/learning_curve.svg")), run = task.run_path("again");
  train(run, 3);     // before the first checkpoint
  train(run, 0, 6);  // on its own checkpoint
  train(run, 11);    // after that of update 10
  train(run, 11);    // once more
  train(run, 14);    // after the best one
  const auto rest = train(run);
  BOOST_TEST(rest->runs.front().start_update >= 10);
  BOOST_TEST(rest->runs.front().start_update < 14);
  BOOST_TEST((bytes_of(run + "/learning_curve.svg") == picture));
  // The points by the reports of the whole run.
  std::map<std::int64_t, double> expected, got;
  for (const UpdateReport& report : whole->updates) expected[report.update] = report.loss;
  std::istringstream lines(bytes_of(run + "/learning_curve.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const Config record = parse_json(line, "learning_curve.jsonl");
    const Config* loss = record.find("train loss");
    if (loss != nullptr) BOOST_TEST(got.emplace(record.at("update").integer(), loss->real()).second, line);
  }
  BOOST_TEST((got == expected));
  int pictures = 0;
  for (const auto& entry : std::filesystem::directory_iterator(run)) pictures += entry.path().extension() == ".svg";
  BOOST_TEST(pictures == 1);
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

// What makes up the parameters, the meaning of an id or the order of the data stays as it is for the life of a run.
BOOST_AUTO_TEST_CASE(every_key_for_life_is_refused_by_name) {
  const TinyTask task;
  static const bool once = [] {
    default_registry().add<Trainer, OtherTrainer>("tiny_trainer", "of the tests");
    return true;
  }();
  (void)once;
  TinyTask::train(task.recipe(R"({"max_updates": 1})"), task.run_path());
  const std::pair<const char*, const char*> changes[] = {
      {"model.dropout", "0.5"},       {"tokenizer", R"({"type": "tiny_words", "joint": true})"},
      {"data.valid", "elsewhere"},    {"seed", "8"},
      {"train.type", "tiny_trainer"}, {"train.optimizer.type", "tiny_descent"},
      {"feed.batch.tokens", "32"},    {"feed.max_length", "9"},
      {"train.train_split", "valid"}, {"train.ema", "0.5"},
      {"train.freeze", R"(["bag"])"}};
  for (const auto& [path, value] : changes) {
    Config recipe = task.recipe(R"({"max_updates": 2})");
    recipe.set(path, value);
    const Error fault = strata::test::thrown([&] { TinyTask::train(recipe, task.run_path()); });
    BOOST_TEST(fault.code() == "E_CONFIG_RESUME", path);
    BOOST_TEST(fault.message().find("the run was started with") != std::string::npos, path);
    BOOST_TEST(fault.message().find(std::string(path).substr(0, 5)) == 0U, fault.message());
  }
  BOOST_TEST(RunFolder(task.run_path()).latest().value() == 1);
}

// A stop after one validation without a better value counts when the run goes on.
BOOST_AUTO_TEST_CASE(patience_counts_over_a_stop) {
  const char* train =  // a rate of 0 never improves after the first validation
      R"({"max_updates": 60, "validate_every": 1, "patience": 3, "optimizer": {"type": "tiny_descent", "lr": 0}})";
  const TinyTask task;
  Recorder whole;
  const EndReport end = TinyTask::train(task.recipe(train), task.run_path(), &whole);
  BOOST_REQUIRE(end.reason == "early_stopping");
  for (const std::int64_t back : {1, 2}) {
    const std::string run = task.run_path("stopped-" + std::to_string(back));
    stop_after(end.update - back, task.recipe(train), run);
    const EndReport again = TinyTask::train(task.recipe(train), run);
    BOOST_TEST(again.reason == "early_stopping");
    BOOST_TEST(again.update == end.update);
  }
}

// The newest whole checkpoint counts; a damaged one is named and kept under another name.
BOOST_AUTO_TEST_CASE(a_damaged_checkpoint_is_set_aside) {
  const TinyTask task;
  const char* train = R"({"max_updates": 6, "checkpoint_every": 2, "validate_every": 4})";
  TinyTask::train(task.recipe(train), task.run_path());
  TinyTask::train(task.recipe(R"({"max_updates": 8, "checkpoint_every": 2, "validate_every": 4})"),
                  task.run_path("whole"));
  const std::string run = task.run_path();
  const auto damage = [&](int update, const char* file) {
    write_file(run + "/checkpoint-" + std::to_string(update) + "/" + file, "{}");
  };
  damage(6, "model.safetensors");
  damage(4, "manifest.json");
  std::filesystem::create_directory(run + "/checkpoint-6.set-aside");
  const auto go_on = [&](const char* options, Recorder& recorder) {
    TinyTask::train(task.recipe(options), run, &recorder);
  };
  // A refused recipe moves nothing.
  Recorder recorder;
  Config other = task.recipe(train);
  other.put("seed", 8);
  strata::test::check_throws([&] { TinyTask::train(other, run); }, "E_CONFIG_RESUME", "seed");
  BOOST_TEST(std::filesystem::exists(run + "/checkpoint-6/model.safetensors"));
  go_on(R"({"max_updates": 8, "checkpoint_every": 2, "validate_every": 4})", recorder);
  BOOST_TEST(recorder.runs.front().start_update == 2);
  BOOST_REQUIRE_EQUAL(recorder.messages.size(), 2U);
  BOOST_TEST(recorder.messages[0].find(run + "/checkpoint-6 is damaged (model.safetensors: has 2 bytes") == 0U);
  BOOST_TEST(recorder.messages[0].find("it is now checkpoint-6.set-aside-2, and the run goes on from checkpoint-2") !=
             std::string::npos);
  BOOST_TEST(recorder.messages[1].find(run + "/checkpoint-4 is damaged (manifest.json: ") == 0U);
  BOOST_TEST(bytes_of(run + "/checkpoint-6.set-aside-2/model.safetensors") == "{}");
  BOOST_TEST(bytes_of(run + "/checkpoint-4.set-aside/manifest.json") == "{}");
  for (const char* file : {"model.safetensors", "optimizer.safetensors"}) {
    BOOST_TEST((bytes_of(run + "/latest/" + file) == bytes_of(task.path("whole/latest/") + file)));
  }
  BOOST_TEST(RunFolder(run).latest().value() == 8);
  BOOST_TEST(RunFolder(run).best().value() == RunFolder(task.run_path("whole")).best().value());
}

BOOST_AUTO_TEST_CASE(where_no_checkpoint_is_whole_nothing_is_trained_and_nothing_moves) {
  const TinyTask task;
  TinyTask::train(task.recipe(R"({"max_updates": 2, "checkpoint_every": 1})"), task.run_path());
  for (const char* name : {"/checkpoint-1", "/checkpoint-2"}) write_file(task.run_path() + name + "/config.json", "{}");
  strata::test::check_throws([&] { TinyTask::train(task.recipe(R"({"max_updates": 3})"), task.run_path()); },
                             "E_CHECKPOINT_DAMAGED", task.run_path() + "/checkpoint-2/config.json", "2 bytes");
  BOOST_TEST(RunFolder(task.run_path()).checkpoints() == (std::vector<std::int64_t>{1, 2}),
             boost::test_tools::per_element());
  // Of another version of the program it may be whole.
  const std::string manifest = task.run_path() + "/checkpoint-2/manifest.json";
  write_file(manifest, R"({"format": 2, "files": {}})");
  strata::test::check_throws([&] { TinyTask::train(task.recipe(R"({"max_updates": 3})"), task.run_path()); },
                             "E_CHECKPOINT_FORMAT", manifest, "format 2, this program reads 1");
}

// What this process has read from files and pipes so far, in bytes.
std::int64_t bytes_read() {
  std::ifstream file("/proc/self/io");
  std::string name;
  std::int64_t value = 0;
  BOOST_REQUIRE((file >> name >> value && name == "rchar:"));
  return value;
}

// What was written just now would be verified again in any case.
void settle() { std::this_thread::sleep_for(std::chrono::milliseconds(200)); }

// Once to verify it, and once to load it.
BOOST_AUTO_TEST_CASE(a_checkpoint_is_read_twice) {
  const TinyTask task;
  const Config recipe = task.recipe(R"({"max_updates": 1})", R"({"hidden": 500000})");
  TinyTask::train(recipe, task.run_path());
  const std::string checkpoint = task.run_path("run/checkpoint-1/");
  std::int64_t size = 0;
  for (const char* name : {"model.safetensors", "optimizer.safetensors"}) {
    size += static_cast<std::int64_t>(std::filesystem::file_size(checkpoint + name));
  }
  settle();
  std::filesystem::remove(task.run_path("run/best"));  // as after a kill: it is verified before it is linked
  const std::int64_t before = bytes_read();
  TinyTask::train(recipe, task.run_path());
  const double times = static_cast<double>(bytes_read() - before) / static_cast<double>(size);
  BOOST_TEST_MESSAGE("read " << times << " times the checkpoint of " << size << " bytes, expected 2 to 2.2");
  BOOST_TEST(times >= 2);
  BOOST_TEST(times < 2.2);
  BOOST_TEST(RunFolder(task.run_path()).best().value() == 1);
}

// A file that somebody touches after the checkpoint was chosen is verified again before it is loaded.
BOOST_AUTO_TEST_CASE(a_checkpoint_that_changes_after_it_was_verified_is_refused) {
  struct Meddler final : Observer {
    std::function<void()> meddle;
    int messages = 0;
    void message(Severity, const std::string&) override {
      if (++messages == 1) meddle();
    }
  };
  const TinyTask task;
  TinyTask::train(task.recipe(R"({"max_updates": 1})"), task.run_path());
  for (const char* name : {"model.safetensors", "optimizer.safetensors", "trainer_state.json"}) {
    const std::string path = task.run_path("run/checkpoint-1/") + name, whole = bytes_of(path);
    std::string changed = whole;
    changed[changed.size() - 2] = static_cast<char>(changed[changed.size() - 2] ^ 1);
    const auto go_on = [&](const std::string& bytes, const char* train) {
      settle();
      Meddler meddler;
      meddler.meddle = [&] { std::ofstream(path, std::ios::binary) << bytes; };
      TinyTask::train(task.recipe(train), task.run_path(), &meddler);
      BOOST_TEST(meddler.messages > 0);
    };
    const char* other = R"({"max_updates": 1, "clip_norm": 2})";  // of which a message tells
    strata::test::check_throws([&] { go_on(changed, other); }, "E_CHECKPOINT_DAMAGED", path, "was altered");
    std::ofstream(path, std::ios::binary) << whole;
    go_on(whole, other);
  }
}

// By content: other bytes of the same pairs are the same data.
BOOST_AUTO_TEST_CASE(data_that_changed_are_refused) {
  const TinyTask task;
  const auto go_on = [&] { TinyTask::train(task.recipe(R"({"max_updates": 2})"), task.run_path()); };
  TinyTask::train(task.recipe(R"({"max_updates": 1})"), task.run_path());
  for (const char* split : {"train", "valid"}) {
    for (const char* side : {".source", ".target"}) {
      const std::string name = std::string(split) + side, whole = bytes_of(task.path(name));
      std::string changed = whole;
      std::swap(changed[0], changed[whole.find('\n') + 1]);
      if (changed == whole) changed[0] = changed[0] == 'a' ? 'b' : 'a';
      task.write(name, changed);
      strata::test::check_throws(go_on, "E_DATA_CHANGED", "split " + std::string(split),
                                 "checkpoint-1/trainer_state.json says");
      task.write(name, whole);
    }
  }
  std::string carriage_returns;
  for (const char c : bytes_of(task.path("train.source"))) carriage_returns += c == '\n' ? "\r\n" : std::string(1, c);
  task.write("train.source", carriage_returns);
  go_on();
  // What was saved before the sums were kept goes on.
  const std::string state = task.run_path() + "/checkpoint-2/trainer_state.json";
  Config old = read_json(state);
  BOOST_TEST(old.erase("data"));
  write_file(state, write_json(old));
  Config manifest = read_json(task.run_path() + "/checkpoint-2/manifest.json");
  Config files = manifest.at("files");
  const std::string bytes = bytes_of(state);
  files.put("trainer_state.json", Config::object({{"size", bytes.size()}, {"sha256", sha256_hex(bytes)}}));
  manifest.put("files", files);
  write_file(task.run_path() + "/checkpoint-2/manifest.json", write_json(manifest));
  TinyTask::train(task.recipe(R"({"max_updates": 3})"), task.run_path());
  BOOST_TEST(RunFolder(task.run_path()).latest().value() == 3);
}

// Names are matched whole, and only what a trainer makes goes.
BOOST_AUTO_TEST_CASE(only_own_leftovers_are_removed) {
  namespace fs = std::filesystem;
  const TinyTask task;
  const std::string run = task.run_path() + "/";
  const auto file = [&](const std::string& name) {
    fs::create_directories(fs::path(run + name).parent_path());
    write_file(run + name, "years");
  };
  const char* foreign[] = {"notes.tmp-2024/thesis.txt",
                           "report.tmp-final.txt",
                           "report.tmp-12-3",
                           "checkpoint-8.tmp-2024/thesis.txt",
                           "checkpoint-8.tmp-2025-1/.unfinished/thesis.txt",
                           "checkpoint-8.tmp-07-1/.unfinished",
                           "checkpoint-8.tmp-1-2-3/.unfinished",
                           "checkpoint-8.tmp-/.unfinished",
                           "checkpoint-08.tmp-1-2/.unfinished",
                           "my-checkpoint-8.tmp-1-2/.unfinished",
                           "checkpoint-8.tmp-1-2.txt/.unfinished",
                           "latest.tmp-12",
                           "best.tmp-1-2/thesis.txt",
                           "checkpoint-7.tmp-1-2",
                           "learning_curve.svg.tmp-12",
                           "learning_curve-from-3.svg.tmp-1-2",
                           "learning_curve.svg.tmp-3-4/thesis.txt"};
  const char* own[] = {"checkpoint-9.tmp-12-0/.unfinished", "checkpoint-9.tmp-12-0/config.json",
                       "learning_curve.svg.tmp-12-0", "learning_curve.jsonl.tmp-12-5"};
  for (const char* name : foreign) file(name);
  for (const char* name : own) file(name);
  fs::create_directory(run + "checkpoint-9.tmp-13");
  fs::create_symlink("checkpoint-9", run + "latest.tmp-12-4");
  fs::create_symlink("../thesis", run + "best.tmp-12-5");
  TinyTask::train(task.recipe(R"({"max_updates": 1})"), task.run_path());
  for (const char* name : foreign) BOOST_TEST(bytes_of(run + name) == "years");
  for (const char* name : own) BOOST_TEST(!fs::exists(run + name), name);
  BOOST_TEST(!fs::exists(run + "checkpoint-9.tmp-13"));
  BOOST_TEST(!fs::is_symlink(run + "latest.tmp-12-4"));
  BOOST_TEST(fs::is_symlink(run + "best.tmp-12-5"));
}

// What somebody put into a checkpoint, or calls by a name of the run's, is not removed.
BOOST_AUTO_TEST_CASE(what_others_put_into_a_run_stays) {
  namespace fs = std::filesystem;
  const TinyTask task;
  const std::string run = task.run_path() + "/";
  const auto train = [&](int updates) {
    TinyTask::train(task.recipe(R"({"checkpoint_every": 1, "keep_checkpoints": 1, "max_updates": )" +
                                std::to_string(updates) + "}"),
                    task.run_path());
  };
  train(2);
  write_file(run + "checkpoint-2/notes.md", "years");
  fs::create_directories(run + "checkpoint-4/mine");
  fs::create_directory(run + "checkpoint-5");
  train(6);
  BOOST_TEST(bytes_of(run + "checkpoint-2/notes.md") == "years");
  BOOST_TEST(fs::exists(run + "checkpoint-4.set-aside/mine"));
  BOOST_TEST(!fs::exists(run + "checkpoint-5"));
  verify_checkpoint(run + "latest");
  fs::remove(run + "best");
  write_file(run + "best", "years");
  strata::test::check_throws([&] { train(7); }, "E_IO_OUTPUT", run + "best", "is no link of a run");
  fs::remove(run + "best");
  fs::create_symlink("../elsewhere", run + "best");
  strata::test::check_throws([&] { train(7); }, "E_IO_OUTPUT", run + "best", "is a link that no run made");
  fs::remove(run + "best");
  train(7);
}

BOOST_AUTO_TEST_CASE(two_trainers_do_not_share_a_folder) {
  const TinyTask task;
  RunFolder other(task.run_path());
  other.open_for_training();
  strata::test::check_throws([&] { TinyTask::train(task.recipe(R"({"max_updates": 3})"), task.run_path()); },
                             "E_IO_LOCKED", task.run_path());
}

BOOST_AUTO_TEST_SUITE_END()
