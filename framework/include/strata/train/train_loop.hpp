// TrainLoop: the loop of training around an Objective. A trainer that uses it has checkpoints, resuming, validation,
// early stopping, reports, limits, accumulation, f16, recorded steps and several processes.
//
//   class Mine final : public Trainer {
//    public:
//     struct Options {
//       LoopOptions loop;
//       PhaseOptions phase;
//       void visit(auto& option) { phase.visit(option), loop.visit(option); }
//     };
//     Mine(const Options& options, const Facts& facts) : options_(options) { options.loop.require_limit(facts.place); }
//     ResumeRules resume_rules() const override { return options_.loop.resume_rules({""}); }
//     EndReport run(const TrainJob& job) override {
//       MyObjective objective(job.model, options_.phase);
//       return TrainLoop(options_.loop, job, objective).run();
//     }
//   };
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/plugin/slot.hpp"
#include "strata/train/metric.hpp"
#include "strata/train/objective.hpp"
#include "strata/train/trainer.hpp"

namespace strata {

namespace detail {
class LoopRun;
}

// The options of a loop, which do not depend on the objective.
struct STRATA_API LoopOptions {
  std::int64_t max_updates = 0, max_epochs = 0;
  double max_minutes = 0;
  std::int64_t accumulate = 1;
  bool replay = true;
  double ema = 0;
  std::vector<std::string> freeze;
  std::string train_split = "train", valid_split = "valid";
  std::vector<Slot<Metric>> metrics{"loss", "perplexity", "accuracy"};
  std::int64_t report_every = 100;
  std::int64_t validate_every = 0, checkpoint_every = 0, keep_checkpoints = 3;
  std::int64_t patience = 0;
  SampleOptions samples;

  void visit(auto& option) {
    option("max_updates", max_updates,
           "number of updates after which training ends (0: no limit; one of the three limits must be set)")
        .min(0);
    option("max_epochs", max_epochs, "number of epochs after which training ends (0: no limit)").min(0);
    option("max_minutes", max_minutes,
           "number of minutes, resumed runs included, after which training ends; the schedule then goes by time (0: no "
           "limit)")
        .min(0);
    option("accumulate", accumulate, "number of batches whose gradients are added for one update").range(1, 1 << 16);
    option("replay", replay,
           "recording of a training step and replay of it for batches of the same shapes, on devices that can");
    option("ema", ema,
           "decay of a running mean of the weights, with which validation and checkpoints are made (0: no mean)")
        .min(0)
        .below(1);
    option("freeze", freeze,
           "names of parameters, or of parts of the model (\"encoder\"), that keep the values they start with");
    option("train_split", train_split, "split for training");
    option("valid_split", valid_split, "split for validation; without such a split in the data there is no validation");
    option("metrics", metrics,
           "metrics of validation; the first one chooses the checkpoint `best` and decides on early stopping");
    option("report_every", report_every, "number of updates from one report to the next").min(1);
    option("validate_every", validate_every,
           "number of updates from one validation to the next (0: one at the end of each epoch)")
        .min(0);
    option("checkpoint_every", checkpoint_every,
           "number of updates from one checkpoint to the next (0: one at the end of each epoch)")
        .min(0);
    option("keep_checkpoints", keep_checkpoints,
           "number of newest checkpoints that are not removed, in addition to `best` (0: all)")
        .min(0);
    option("patience", patience,
           "number of validations without an improvement of the first metric after which training ends (0: no limit)")
        .min(0);
    option("samples", samples, "samples of what the model writes, shown at each validation");
  }

  // Throws E_CONFIG_MISSING when no limit is set. place: Trainer::Facts::place.
  void require_limit(const std::string& place) const;
  // Returns the rules for these options and for PhaseOptions at the given places below `train`: "" for those of a
  // single phase, "phases.generator" for those of a group.
  static ResumeRules resume_rules(const std::vector<std::string>& phases);
};

// One run of training. Validation measures the model by Model::loss() and by what it writes, as `strata eval` does.
class STRATA_API TrainLoop {
 public:
  // Makes the optimizers and reads the data. All three must outlive the loop. Throws E_CONFIG_MISSING without a limit,
  // E_MODEL_PARAMETER and E_CONFIG_GROUPS when phases, groups and frozen parameters do not go together, and what the
  // feed throws.
  TrainLoop(const LoopOptions& options, const TrainJob& job, Objective& objective);
  ~TrainLoop();
  TrainLoop(const TrainLoop&) = delete;
  TrainLoop& operator=(const TrainLoop&) = delete;

  // Does what Trainer::run() promises. Call it once.
  EndReport run();

 private:
  std::unique_ptr<detail::LoopRun> run_;
};

}  // namespace strata
