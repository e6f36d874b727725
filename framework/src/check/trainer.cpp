// What a trainer promises (train/trainer.hpp), on a few updates of a small encoder-decoder.
#include "check/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <numeric>
#include <optional>
#include <set>

#include "check/trainer_runs.hpp"
#include "strata/checkpoint/run_folder.hpp"
#include "strata/core/error.hpp"
#include "strata/core/interrupt.hpp"
#include "strata/core/rng.hpp"
#include "strata/model/model.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/load_model.hpp"
#include "strata/run/recipe.hpp"
#include "strata/run/train_run.hpp"
#include "strata/train/trainer.hpp"

namespace strata::detail {
namespace {

constexpr std::int64_t kUpdates = kTrainerUpdates, kMore = 5, kLearning = 100;
constexpr int kRounds = 3;       // of stopping and of a kill
constexpr double kShare = 0.95;  // of the first loss that the last one may be

// Errors by which a trainer says that the model or the data is not for it.
constexpr std::array<std::string_view, 5> kUnfit = {"E_DATA_FIELD", "E_DATA_SPLIT", "E_MODEL_CAPABILITY",
                                                    "E_MODEL_COLUMN", "E_MODEL_SIZE"};

// The error by which an observer ends a run, as a kill would.
constexpr const char* kKilled = "E_CHECK_KILLED";

class TrainerChecks {
 public:
  TrainerChecks(const Config& spec, const CheckOptions& options, const Host& host)
      : seed_(options.seed),
        skip_training_(options.skip_training),
        host_(host),
        random_(static_cast<std::uint64_t>(seed_), "check/trainer"),
        runs_(spec, seed_, host) {}

  std::vector<CheckRow> run() {
    if (const std::string reason = unfit(); !reason.empty()) {
      checks_.skip("all", reason);
      return checks_.take();
    }
    checks_.property("limit", [&] { return limit(); });
    checks_.property("reports", [&] { return reports(); });
    checks_.property("determinism", [&] { return determinism(); });
    checks_.property("changes", [&] { return changes(); });
    checks_.property("stop", [&] { return stop(); });
    checks_.property("kill", [&] { return kill(); });
    checks_.property("goes on", [&] { return goes_on(); });
    checks_.property("checkpoint", [&] { return checkpoint(); });
    checks_.property("resume rules", [&] { return resume_rules(); });
    if (skip_training_) {
      checks_.skip("learning", "left out (--skip-training)");
    } else {
      checks_.property("learning", [&] { return learning(); });
    }
    return checks_.take();
  }

 private:
  struct Whole {
    RunReports reports;
    RunFiles files;
  };

  // A run without a stop.
  Whole whole() const {
    const Scratch folder;
    Whole all;
    runs_.train(kUpdates, folder / "run", &all.reports);
    all.files = files_of(folder / "run");
    return all;
  }
  // The same for all checks, which do not change it.
  const Whole& once() {
    if (!whole_) whole_ = whole();
    return *whole_;
  }

  // The reason why this trainer cannot be checked; empty when it can. Options that it does not take are an error.
  std::string unfit() const {
    if (!runs_.has_option("max_updates")) {
      return "the checks end a run by the option \"max_updates\", which it does not have";
    }
    (void)host_.registry.make<Trainer>(runs_.recipe().at("train"), {"check:/train"});
    try {
      const Scratch folder;
      runs_.train(1, folder / "run");
    } catch (const Error& fault) {
      if (std::find(kUnfit.begin(), kUnfit.end(), fault.code()) != kUnfit.end()) {
        return "the checks train the model \"seq2seq\" on dates, which it refuses: " + std::string(fault.what());
      }
    } catch (...) {  // the properties show it
    }
    return {};
  }

  std::string limit() {
    const Scratch folder;
    RunReports reports;
    const EndReport end = runs_.train(kUpdates, folder / "run", &reports);
    const std::string at = fmt::format("max_updates {}", kUpdates);
    if (end.reason != "max_updates") throw CheckFailed{at + ": the run ends by \"" + printable(end.reason) + "\""};
    if (end.update < kUpdates) throw CheckFailed{fmt::format("{}: the run ends at update {}", at, end.update)};
    if (reports.begins.size() != 1 || reports.ends.size() != 1) {
      throw CheckFailed{
          fmt::format("observers are told {} beginnings and {} ends", reports.begins.size(), reports.ends.size())};
    }
    if (reports.ends[0].reason != end.reason || reports.ends[0].update != end.update) {
      throw CheckFailed{"observers get another end than the caller"};
    }
    const std::optional<std::int64_t> latest = RunFolder(folder / "run").latest();
    if (latest != end.update) {
      throw CheckFailed{fmt::format("the run ends at update {}, and the newest checkpoint is {}", end.update,
                                    latest ? "that of update " + std::to_string(*latest) : "missing")};
    }
    return fmt::format("{} ends the run at update {}, with a checkpoint", at, end.update);
  }

  std::string reports() {
    const std::vector<UpdateReport>& all = once().reports.updates;
    if (all.size() < 2) throw CheckFailed{fmt::format("{} reports in {} updates", all.size(), kUpdates)};
    std::int64_t before = 0;
    for (const UpdateReport& report : all) {
      const std::string at = fmt::format("update {}", report.update);
      if (report.update <= before) throw CheckFailed{fmt::format("{} is reported after update {}", at, before)};
      before = report.update;
      const auto finite = [&](const std::string& name, double value) {
        if (!std::isfinite(value)) throw CheckFailed{fmt::format("{}: {} is {}", at, name, value)};
      };
      finite("loss", report.loss);
      finite("gradient_norm", report.gradient_norm);
      finite("learning_rate", report.learning_rate);
      for (const NamedValue& value : report.values) finite(printable(value.name), value.value);
    }
    return fmt::format("{} reports with finite numbers", all.size());
  }

  std::string determinism() {
    require_same_files(whole().files, once().files, "a second run with the same seed");
    return fmt::format("a second run gives the same bytes in {} files", once().files.size());
  }

  std::string changes() {
    const Scratch folder;
    runs_.train(1, folder / "run");
    if (files_of(folder / "run").at("model.safetensors") == once().files.at("model.safetensors")) {
      throw CheckFailed{fmt::format("the model is the same after 1 and after {} updates", kUpdates)};
    }
    return fmt::format("the model is another one after {} updates than after 1", kUpdates);
  }

  // The number of the report after which a run is ended: not the last one.
  std::size_t moment() {
    const std::size_t reports = once().reports.updates.size();
    if (reports < 2) throw CheckFailed{fmt::format("{} reports in {} updates", reports, kUpdates)};
    return 1 + static_cast<std::size_t>(random_.below(reports - 1));
  }

  // Ends a run by `way` after a report, continues it, and compares with the run that nothing ended.
  template <typename Way>
  std::string ended(const char* code, const std::string& how, Way&& way) {
    std::string moments;
    for (int round = 0; round < kRounds; ++round) {
      const std::size_t at = moment();
      const std::string update = std::to_string(once().reports.updates[at - 1].update);
      const Scratch folder;
      RunReports reports;
      reports.after = [&](std::size_t count) {
        if (count == at) way();
      };
      require_error([&] { (void)runs_.train(kUpdates, folder / "run", &reports); }, {code},
                    how + " at update " + update);
      set_interrupted(0);
      runs_.train(kUpdates, folder / "run");
      require_same_files(files_of(folder / "run"), once().files, how + " at update " + update + " and continued");
      moments += (moments.empty() ? "" : ", ") + update;
    }
    return fmt::format("{} at updates {} (seed {}) and continued, the same bytes as without", how, moments, seed_);
  }
  std::string stop() {
    struct Withdraw {
      Withdraw() = default;
      Withdraw(const Withdraw&) = delete;
      Withdraw& operator=(const Withdraw&) = delete;
      ~Withdraw() { set_interrupted(0); }
    };
    const Withdraw at_the_end;
    return ended("E_STOPPED", "stopped", [] { set_interrupted(SIGINT); });
  }
  std::string kill() {
    return ended(kKilled, "killed", [] { throw Error(kKilled, "[check]", "the run ends here"); });
  }

  // A run that was at its end goes on when the limit is raised.
  std::string goes_on() {
    const Scratch folder;
    const EndReport first = runs_.train(kUpdates, folder / "run");
    RunReports reports;
    const EndReport second = runs_.train(kUpdates + kMore, folder / "run", &reports);
    if (second.update < kUpdates + kMore) {
      throw CheckFailed{fmt::format("with max_updates {} after {}, the run ends at update {}", kUpdates + kMore,
                                    kUpdates, second.update)};
    }
    if (reports.updates.empty() || reports.updates[0].update <= first.update) {
      throw CheckFailed{"a run that is continued begins anew"};
    }
    return fmt::format("from update {} to {} with a higher limit", first.update, second.update);
  }

  std::string checkpoint() {
    const Scratch folder;
    runs_.train(kUpdates, folder / "run");
    const LoadedModel loaded = load_model(folder / "run", "latest", host_);
    for (const NamedParameter& one : loaded.model->saved()) require_finite(one.parameter.value(), one.name);
    EvaluateOptions options;
    options.split = "valid";
    options.which = "latest";
    options.metrics = {"loss"};
    const double loss = evaluate_run(folder / "run", options, host_).at(0).value;
    if (!std::isfinite(loss)) throw CheckFailed{fmt::format("the loss of the loaded model is {}", loss)};
    return fmt::format("load_model() reads it; its loss on the split valid is {:.3f}", loss);
  }

  std::string resume_rules() {
    const Config complete = complete_recipe(runs_.recipe(), host_.registry, host_.plugins).complete.at("train");
    const auto trainer = host_.registry.make<Trainer>(runs_.recipe().at("train"), {"check:/train"});
    const ResumeRules rules = trainer->resume_rules();
    std::set<std::string> seen;
    for (const auto* list : {&rules.fixed, &rules.free}) {
      for (const std::string& place : *list) {
        if (complete.find_path(place) == nullptr) throw CheckFailed{"there is no option train." + printable(place)};
        if (!seen.insert(place).second) throw CheckFailed{"train." + printable(place) + " is named twice"};
      }
    }
    return fmt::format("{} fixed and {} free options, all of which exist", rules.fixed.size(), rules.free.size());
  }

  std::string learning() {
    const Scratch folder;
    RunReports reports;
    runs_.train(kLearning, folder / "run", &reports);
    const std::vector<UpdateReport>& all = reports.updates;
    const auto quarter = static_cast<std::ptrdiff_t>(std::max<std::size_t>(all.size() / 4, 1));
    if (all.size() < 2) throw CheckFailed{fmt::format("{} reports in {} updates", all.size(), kLearning)};
    const auto mean = [&](auto begin) {
      return std::accumulate(begin, begin + quarter, 0.0,
                             [](double sum, const UpdateReport& report) { return sum + report.loss; }) /
             static_cast<double>(quarter);
    };
    const double first = mean(all.begin()), last = mean(all.end() - quarter);
    std::string text =
        fmt::format("mean loss of the first quarter of {} updates {:.3f}, of the last {:.3f}", kLearning, first, last);
    if (!(last <= kShare * first)) throw CheckFailed{fmt::format("{}, wanted is {:.0f} % or less", text, 100 * kShare)};
    return text;
  }

  std::int64_t seed_;
  bool skip_training_;
  const Host& host_;
  Rng random_;
  TrainerRuns runs_;
  std::optional<Whole> whole_;
  Checks checks_;
};

}  // namespace

std::vector<CheckRow> check_trainer(const Config& spec, const CheckOptions& options, const Host& host) {
  return TrainerChecks(spec, options, host).run();
}

}  // namespace strata::detail
