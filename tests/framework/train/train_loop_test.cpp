// The training kit: an objective with a layer and a buffer of its own, two phases, batches of its own, stops only where
// it is whole; what all ranks decide.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <csignal>
#include <random>
#include <thread>

#include "framework/train/tiny.hpp"
#include "strata/checkpoint/safetensors.hpp"
#include "strata/core/interrupt.hpp"
#include "strata/train/train_loop.hpp"
#include "throws.hpp"

using namespace strata_test;

namespace {

struct DuelPhases {
  PhaseOptions player, critic;
  void visit(auto& option) {
    option("player", player, "the model");
    option("critic", critic, "the scalar");
  }
};

struct DuelOptions {
  DuelPhases phases;
  std::int64_t player_updates = 1, critic_updates = 1;
  bool feeds_both = false, fickle = false;
  std::string player_parameters, critic_parameters = "objective.critic";
  LoopOptions loop;
  void visit(auto& option) {
    option("phases", phases, "options of each");
    option("player_updates", player_updates, "in a row");
    option("critic_updates", critic_updates, "in a row");
    option("feeds_both", feeds_both, "a batch of the feed for the critic, too");
    option("fickle", fickle, "the parts of the loss change");
    option("player_parameters", player_parameters, "of the first phase (empty: table and bag)");
    option("critic_parameters", critic_parameters, "of the second phase");
    loop.visit(option);
  }
};

// Phase "player" trains the model as `supervised` does. Phase "critic" looks at the last batch of the player again, so
// that the objective is whole only when it is the player's turn, and moves a scalar c towards 1 by the loss
// weight * (c - 1)^2 / 2.
class Duel final : public Objective {
 public:
  Duel(std::shared_ptr<Model> model, const DuelOptions& options)
      : Objective(std::move(model)),
        options_(options),
        critic_(parameter("critic", {1}, Init::zeros())),
        seen_(buffer("seen", {1}, Init::zeros())) {}

  std::vector<Phase> phases() const override {
    std::vector<std::string> player{"table", "bag"};
    if (!options_.player_parameters.empty()) player = {options_.player_parameters};
    return {{"player", options_.phases.player, player, options_.player_updates},
            {"critic", options_.phases.critic, {options_.critic_parameters}, options_.critic_updates}};
  }
  std::optional<Batch> next(const BatchSource& feed, std::size_t phase) override {
    BOOST_TEST(!context().recording);
    ++calls_;
    if (phase == 0 || options_.feeds_both) last_ = feed();
    return last_;
  }
  bool whole() const override {
    return options_.feeds_both || calls_ % (options_.player_updates + options_.critic_updates) == 0;
  }

  Loss loss(const TensorBatch& batch, std::size_t phase) override {
    if (phase == 0) {
      for (const NamedParameter& one : parameters()) BOOST_TEST(!one.parameter.trainable());
      return model().loss(batch, {});
    }
    for (const NamedParameter& one : model().parameters()) BOOST_TEST(!one.parameter.trainable());
    const Tensor weight = sum(cast(batch["target_lengths"], DType::f32));
    const Tensor gap = critic_.value() - 1.0;
    seen_.assign(seen_.value() + reshape(weight, {1}));
    Loss out;
    out.sum = sum(gap * gap * 0.5) * weight;
    out.parts = {{"loss", out.sum.detach()}, {"duel/gap", sum(gap.detach()) * weight}};
    if (options_.fickle && seen_.value().item() > 60) out.parts[1].name = "duel/other";
    return out;
  }

 private:
  const DuelOptions& options_;
  Parameter critic_;
  Buffer seen_;
  std::optional<Batch> last_;
  std::int64_t calls_ = 0;
};

class DuelTrainer final : public Trainer {
 public:
  using Options = DuelOptions;
  DuelTrainer(const Options& options, const Facts& facts) : options_(options) {
    options.loop.require_limit(facts.place);
  }
  EndReport run(const TrainJob& job) override {
    Duel duel(job.model, options_);
    return TrainLoop(options_.loop, job, duel).run();
  }
  ResumeRules resume_rules() const override { return LoopOptions::resume_rules({"phases.player", "phases.critic"}); }

 private:
  Options options_;
};

constexpr const char* kPhases =
    R"("type": "duel", "phases": {"player": {"optimizer": "tiny_momentum", "schedule": "tiny_flat"},
       "critic": {"optimizer": {"type": "tiny_descent", "lr": 0.25}, "schedule": "tiny_flat"}})";

// The recipe of a duel; of the options of `supervised` only those of the loop stay.
Config duel(const TinyTask& task, const std::string& train) {
  static const bool once = [] {
    default_registry().add<Trainer, DuelTrainer>("duel", "of the tests");
    return true;
  }();
  (void)once;
  Config recipe = task.recipe(R"({"batch": {"sentences": 3}})");
  Config merged = Config::object({{"report_every", 1}, {"keep_checkpoints", 0}});
  const Config options = parse_json("{" + std::string(kPhases) + ", " + train + "}", "recipe.json");
  for (const auto& [name, value] : options.members()) merged.put(name, value);
  recipe.put("train", merged);
  return recipe;
}

std::string model_bytes(const std::string& run) { return bytes_of(run + "/latest/model.safetensors"); }
std::string state_bytes(const std::string& run) { return bytes_of(run + "/latest/optimizer.safetensors"); }

double saved(const std::string& run, const std::string& name) {
  const SafetensorsFile file(run + "/latest/optimizer.safetensors");
  const SafetensorsFile::Entry* entry = file.find(name);
  BOOST_REQUIRE_MESSAGE(entry != nullptr, name);
  return file.read(*entry).to_doubles().at(0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(train_loop)

BOOST_AUTO_TEST_CASE(a_phase_trains_as_if_it_were_alone) {
  const TinyTask task;
  Recorder recorder;
  // Eight updates of the model, and after each two of the scalar.
  TinyTask::train(duel(task, R"("max_updates": 24, "critic_updates": 2)"), task.run_path("duel"), &recorder);
  TinyTask::train(task.recipe(R"({"max_updates": 8, "batch": {"sentences": 3}})"), task.run_path("alone"));
  BOOST_TEST((model_bytes(task.run_path("duel")) == model_bytes(task.run_path("alone"))));

  // c - 1 shrinks by 1 - lr with each update: -0.75^16 in the end.
  const double gap = -std::pow(0.75, 16);
  BOOST_TEST(std::abs(saved(task.run_path("duel"), "objective.critic") - (1 + gap)) < 1e-6);
  BOOST_REQUIRE(recorder.updates.size() == 24U);
  double critic = -1, tokens = 0;
  for (std::size_t i = 0; i < recorder.updates.size(); ++i) {
    const UpdateReport& report = recorder.updates[i];
    BOOST_REQUIRE(!report.values.empty());
    if (i % 3 == 0) {
      BOOST_TEST(report.values[0].name == "loss/player");
      BOOST_TEST(report.values[0].value == report.loss);
      continue;
    }
    BOOST_REQUIRE(report.values.size() == 3U);
    BOOST_TEST(report.values[0].name == "loss/critic");
    BOOST_TEST(std::abs(report.values[0].value - critic * critic / 2) < 1e-6);
    BOOST_TEST(report.values[1].name == "gradient_norm/critic");
    BOOST_TEST(std::abs(report.values[1].value + critic) < 1e-6);
    BOOST_TEST(report.values[2].name == "duel/gap");
    BOOST_TEST(std::abs(report.values[2].value - critic) < 1e-6);
    critic *= 0.75;
    tokens += static_cast<double>(report.target_tokens - recorder.updates[i - 1].target_tokens);
  }
  BOOST_TEST(saved(task.run_path("duel"), "objective.seen") == tokens);
}

BOOST_AUTO_TEST_CASE(the_numbers_of_a_window_are_means_over_the_updates_of_each_phase) {
  const TinyTask task;
  Recorder one, six;
  TinyTask::train(duel(task, R"("max_updates": 6)"), task.run_path("one"), &one);
  TinyTask::train(duel(task, R"("max_updates": 6, "report_every": 6)"), task.run_path("six"), &six);
  BOOST_REQUIRE(six.updates.size() == 1U);
  double loss = 0, norm = 0, gap = 0, weight = 0, critic_weight = 0, before = 0;
  for (std::size_t i = 0; i < one.updates.size(); ++i) {
    const UpdateReport& report = one.updates[i];
    const double tokens = static_cast<double>(report.target_tokens) - before;
    before = static_cast<double>(report.target_tokens);
    if (i % 2 == 0) {
      loss += report.loss * tokens, norm += report.gradient_norm / 3, weight += tokens;
    } else {
      gap += report.values[2].value * tokens, critic_weight += tokens;
    }
  }
  const UpdateReport& all = six.updates[0];
  BOOST_TEST(std::abs(all.loss - loss / weight) < 1e-9);
  BOOST_TEST(std::abs(all.gradient_norm - norm) < 1e-9);
  BOOST_REQUIRE(all.values.size() == 6U);
  BOOST_TEST(all.values[5].name == "duel/gap");
  BOOST_TEST(std::abs(all.values[5].value - gap / critic_weight) < 1e-9);
}

BOOST_AUTO_TEST_CASE(a_run_with_two_phases_goes_on_where_it_was_stopped) {
  const TinyTask task;
  const std::string train =
      R"("max_updates": 20, "player_updates": 2, "checkpoint_every": 1000, "ema": 0.9, "feeds_both": true)";
  TinyTask::train(duel(task, train), task.run_path("whole"));
  const auto seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 10; ++round) {
    const std::string run = task.run_path("stopped-" + std::to_string(round));
    const auto moment = static_cast<std::int64_t>(1 + random() % 19);
    Recorder recorder;
    recorder.after_update = [&](std::int64_t update) {
      if (update == moment) set_interrupted(SIGINT);
    };
    strata::test::check_throws([&] { TinyTask::train(duel(task, train), run, &recorder); }, "E_STOPPED",
                               "update " + std::to_string(moment), "");
    set_interrupted(0);
    TinyTask::train(duel(task, train), run);
    BOOST_TEST_CONTEXT("stopped at update " << moment) {
      BOOST_TEST((model_bytes(run) == model_bytes(task.run_path("whole"))));
      BOOST_TEST((state_bytes(run) == state_bytes(task.run_path("whole"))));
    }
  }
}

BOOST_AUTO_TEST_CASE(limits_and_checkpoints_wait_until_the_objective_is_whole) {
  const TinyTask task;
  Recorder recorder;
  const EndReport end =
      TinyTask::train(duel(task, R"("max_updates": 5, "checkpoint_every": 3)"), task.run_path(), &recorder);
  BOOST_TEST(end.update == 6);
  BOOST_TEST(std::filesystem::exists(task.run_path() + "/checkpoint-6"));
  BOOST_TEST(!std::filesystem::exists(task.run_path() + "/checkpoint-3"));
}

BOOST_AUTO_TEST_CASE(phases_that_do_not_go_together_are_errors_of_one_line) {
  const TinyTask task;
  const auto refused = [&](const std::string& train, const char* code, const char* place, const char* says) {
    strata::test::check_throws(
        [&] { TinyTask::train(duel(task, R"("max_updates": 40, )" + train), task.run_path("no")); }, code, place, says);
  };
  refused(R"("critic_parameters": "bag")", "E_CONFIG_GROUPS", "train.phases.critic", "\"bag\" is of an earlier phase");
  refused(R"("critic_parameters": "objective.critc")", "E_MODEL_PARAMETER", "train.phases.critic",
          "\"objective.critc\"");
  refused(R"("player_parameters": "tabel")", "E_MODEL_PARAMETER", "train.phases.player", "did you mean \"table\"?");
  refused(R"("freeze": ["objective.critic"])", "E_CONFIG_GROUPS", "train.freeze",
          "all 1 parameters of phase \"critic\" are frozen");
  refused(R"("critic_updates": 0)", "E_CONFIG_RANGE", "train.phases.critic", "0 updates in a row");
  refused(R"("fickle": true)", "E_MODEL_PARTS", "loss()", "duel/other");
}

BOOST_AUTO_TEST_CASE(a_trainer_says_which_of_its_options_are_for_life) {
  const TinyTask task;
  const auto again = [&](const std::string& train, Recorder& recorder) {
    TinyTask::train(duel(task, train), task.run_path(), &recorder);
  };
  Recorder first, free, said;
  again(R"("max_updates": 2)", first);
  again(R"("max_updates": 4, "report_every": 2)", free);
  BOOST_TEST(free.messages.empty());
  Config other = duel(task, R"("max_updates": 6)");
  Config train = other.at("train"), phases = train.at("phases"), critic = phases.at("critic");
  critic.put("clip_norm", 1.0);
  phases.put("critic", critic);
  train.put("phases", phases);
  other.put("train", train);
  TinyTask::train(other, task.run_path(), &said);
  BOOST_REQUIRE(said.messages.size() == 1U);
  BOOST_TEST(said.messages[0].find("train.phases.critic.clip_norm is now 1") == 0U);
  critic.put("optimizer", "tiny_momentum");
  phases.put("critic", critic);
  train.put("phases", phases);
  other.put("train", train);
  strata::test::check_throws([&] { TinyTask::train(other, task.run_path()); }, "E_CONFIG_RESUME",
                             "train.phases.critic.optimizer.type",
                             "train.phases.critic.optimizer.type is \"tiny_momentum\"");
}

BOOST_AUTO_TEST_CASE(ranks_agree_on_the_largest_value) {
  std::int64_t answers[2] = {0, 0};
  std::thread second([&] {
    TinyPair::mine() = 1;
    answers[1] = TinyPair().agree(-3);
  });
  answers[0] = TinyPair().agree(-7);
  second.join();
  BOOST_TEST(answers[0] == -3);
  BOOST_TEST(answers[1] == -3);
}

BOOST_AUTO_TEST_SUITE_END()
