// Training on the device "cuda" where validation has too little memory beside the recordings of the steps.
#include <cstdlib>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "cuda/host_plugin.hpp"
#include "framework/train/tiny.hpp"
#include "throws.hpp"

using namespace strata_test;

namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20U;

// As many pieces as the card gives now; all of them are given back.
std::vector<void*> taken(Device& device, std::size_t most) {
  std::vector<void*> pieces;
  try {
    while (pieces.size() < most) pieces.push_back(device.allocate(kPiece));
  } catch (const Error&) {
    for (void* piece : pieces) device.release(piece, kPiece);
    throw;
  }
  for (void* piece : pieces) device.release(piece, kPiece);
  return pieces;
}

// Loss, by a validation that needs so many pieces of memory.
class Hungry final : public Metric {
 public:
  static inline std::size_t pieces = 0;

  Input input() const override { return Input::sums; }
  std::string_view part() const override { return "loss"; }
  using Metric::add;
  void add(double sum, double weight) override { sum_ += sum, weight_ += weight; }
  double value() const override { return sum_ / weight_; }
  void reset() override {
    sum_ = weight_ = 0;
    (void)taken(*context().device, pieces);
  }
  std::string_view name() const override { return "hungry"; }
  bool higher_is_better() const override { return false; }
  std::vector<double> statistics() const override { return {sum_, weight_}; }
  void set_statistics(const std::vector<double>& sums) override { sum_ = sums[0], weight_ = sums[1]; }

 private:
  double sum_ = 0, weight_ = 0;
};

// Adam that has too little memory in a step of its own: before it changes anything, or after it.
class Poor final : public Optimizer {
 public:
  struct Options {
    std::int64_t at = 0;
    bool after = false;
    void visit(auto& option) {
      option("at", at, "call that finds too little").min(0);
      option("after", after, "when the parameters are changed");
    }
  };
  static inline std::int64_t calls = 0;

  Poor(const Options& options, const Facts& facts)
      : options_(options), adam_(default_registry().make<Optimizer>(Config("adam"), facts)) {
    calls = 0;
  }
  void step(std::span<const Tensor> rates, const Tensor& scale) override {
    const bool now = ++calls == options_.at;
    if (!now || options_.after) adam_->step(rates, scale);
    if (now) throw Error("E_MEMORY_EXHAUSTED", "cuda:0", "as the test has it");
  }
  double learning_rate() const override { return adam_->learning_rate(); }
  std::vector<NamedTensor> state() override { return adam_->state(); }

 private:
  Options options_;
  std::shared_ptr<Optimizer> adam_;
};

// Pieces that a fresh device gets.
std::size_t free_pieces() {
  const auto device = cuda_device(R"("cuda")");
  std::vector<void*> pieces;
  try {
    for (;;) pieces.push_back(device->allocate(kPiece));
  } catch (const Error&) {
    for (void* piece : pieces) device->release(piece, kPiece);
  }
  return pieces.size();
}

struct Outcome {
  Recorder told;
  std::vector<std::int64_t> replays;  // after each update
};

void run(const TinyTask& task, const std::string& name, Outcome& outcome) {
  Config recipe = task.recipe(R"({"optimizer": "adam", "metrics": ["hungry"], "max_updates": 12, "validate_every": 6,
                                  "checkpoint_every": 100, "batch": {"tokens": 100000}})");
  recipe.put("device", "cuda");
  outcome.told.after_update = [&](std::int64_t) { outcome.replays.push_back(counted(*context().device, "replays")); };
  (void)TinyTask::train(recipe, task.run_path(name), &outcome.told);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cuda_train)

BOOST_AUTO_TEST_CASE(validation_gets_the_memory_of_recordings) {
  (void)cuda_plugin();
  load_beside("adam");
  static const bool once = (default_registry().add<Metric, Hungry>("hungry", "of the tests"), true);
  (void)once;
  const TinyTask task;
  Outcome wide, tight;
  run(task, "wide", wide);
  Hungry::pieces = free_pieces() * 3 / 4;
  ::setenv("FAKE_CUDA_GRAPH_ROOM", std::to_string(Hungry::pieces / 2 * kPiece).c_str(), 1);
  run(task, "tight", tight);
  ::unsetenv("FAKE_CUDA_GRAPH_ROOM");
  Hungry::pieces = 0;

  const auto said = [](const Outcome& of) {
    std::size_t lines = 0;
    for (const std::string& line : of.told.messages) {
      BOOST_TEST_MESSAGE(line);
      if (line.find("validation needs the memory of recorded steps") != std::string::npos) ++lines;
    }
    return lines;
  };
  BOOST_TEST(said(wide) == 0U);
  BOOST_TEST(said(tight) == 2U);
  BOOST_TEST(tight.replays[5] == wide.replays[5]);
  BOOST_TEST(tight.replays[11] > tight.replays[5]);  // recorded again
  BOOST_REQUIRE(tight.told.updates.size() == 12U);
  for (std::size_t i = 0; i < 12; ++i) BOOST_TEST(tight.told.updates[i].loss == wide.told.updates[i].loss);
  BOOST_REQUIRE(tight.told.validations.size() == 2U);
  BOOST_TEST(tight.told.validations[1].metrics[0].value == wide.told.validations[1].metrics[0].value);
}

// The mean of the weights is part of the step: replayed or not it is the same, and it adds nothing to the launches and
// copies of an update that is replayed.
BOOST_AUTO_TEST_CASE(the_mean_of_the_weights_is_replayed) {
  (void)cuda_plugin();
  load_beside("adam");
  const TinyTask task;
  struct Run {
    std::vector<std::int64_t> launches, copies, replays;  // after each update
  };
  const auto train = [&](const std::string& name, const std::string& options) {
    Config recipe = task.recipe(R"({"optimizer": "adam", "metrics": [], "max_updates": 12, "checkpoint_every": 100,
                                    "batch": {"tokens": 100000}, )" +
                                options + "}");
    recipe.put("device", "cuda");
    Run run;
    Recorder told;
    told.after_update = [&](std::int64_t) {
      run.launches.push_back(counted(*context().device, "launches"));
      run.copies.push_back(counted(*context().device, "copies in"));
      run.replays.push_back(counted(*context().device, "replays"));
    };
    (void)TinyTask::train(recipe, task.run_path(name), &told);
    return run;
  };
  const Run replayed = train("replayed", R"("ema": 0.3)");
  const Run plain = train("plain", R"("ema": 0)");
  (void)train("queued", R"("ema": 0.3, "replay": false)");
  const std::string file = "/checkpoint-12/model.safetensors";
  BOOST_TEST((bytes_of(task.run_path("replayed") + file) == bytes_of(task.run_path("queued") + file)));
  BOOST_TEST((bytes_of(task.run_path("replayed") + file) != bytes_of(task.run_path("plain") + file)));
  BOOST_REQUIRE(replayed.launches.size() == 12U);
  const auto of_eight = [](const std::vector<std::int64_t>& counts) { return counts[11] - counts[3]; };
  BOOST_TEST(of_eight(replayed.replays) == 8);
  BOOST_TEST(of_eight(replayed.launches) == of_eight(plain.launches));
  BOOST_TEST(of_eight(replayed.copies) == of_eight(plain.copies));
  BOOST_TEST_MESSAGE("8 replayed updates: " << of_eight(replayed.launches) << " launches, " << of_eight(replayed.copies)
                                            << " copies to the card, with a mean and without");
}

// The second batch has another shape than the first: it is a single step, and there is something to give up.
BOOST_AUTO_TEST_CASE(an_update_is_made_once_or_not_at_all) {
  (void)cuda_plugin();
  load_beside("adam");
  static const bool once = (default_registry().add<Optimizer, Poor>("poor", "of the tests"), true);
  (void)once;
  const TinyTask task;
  const auto losses = [&](const std::string& name, const std::string& optimizer) {
    Config recipe = task.recipe(R"({"optimizer": )" + optimizer + R"(, "max_updates": 4, "validate_every": 100,
                                    "checkpoint_every": 100, "batch": {"tokens": 24}})");
    recipe.put("device", "cuda");
    Recorder told;
    (void)TinyTask::train(recipe, task.run_path(name), &told);
    std::vector<double> all;
    for (const UpdateReport& one : told.updates) all.push_back(one.loss);
    return all;
  };
  const std::vector<double> rich = losses("rich", R"({"type": "poor", "at": 0})");
  BOOST_REQUIRE(rich.size() == 4U);
  BOOST_TEST((losses("before", R"({"type": "poor", "at": 2})") == rich));
  BOOST_TEST(Poor::calls == 5);
  strata::test::check_throws([&] { (void)losses("after", R"({"type": "poor", "at": 2, "after": true})"); },
                             "E_MEMORY_EXHAUSTED", "cuda:0", "as the test has it");
  BOOST_TEST(Poor::calls == 2);
}

BOOST_AUTO_TEST_SUITE_END()
