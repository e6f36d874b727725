// TrainLoop, and what its options say of themselves.
#include "strata/train/train_loop.hpp"

#include "strata/core/error.hpp"
#include "train/loop_run.hpp"

namespace strata {

void LoopOptions::require_limit(const std::string& place) const {
  if (max_updates > 0 || max_epochs > 0 || max_minutes > 0) return;
  throw Error("E_CONFIG_MISSING", place, "no limit is set: the run would never end",
              "set max_updates, max_epochs or max_minutes");
}

// The state of an optimizer belongs to its type, and to which parameters are trained.
ResumeRules LoopOptions::resume_rules(const std::vector<std::string>& phases) {
  ResumeRules rules{{"train_split", "ema", "freeze"},
                    {"max_updates", "max_epochs", "max_minutes", "report_every", "validate_every", "checkpoint_every",
                     "keep_checkpoints", "patience", "samples"}};
  for (const std::string& phase : phases) rules.fixed.push_back((phase.empty() ? "" : phase + ".") + "optimizer.type");
  return rules;
}

TrainLoop::TrainLoop(const LoopOptions& options, const TrainJob& job, Objective& objective) {
  options.require_limit("train");
  run_ = std::make_unique<detail::LoopRun>(options, job, objective);
}

TrainLoop::~TrainLoop() = default;

EndReport TrainLoop::run() { return run_->run(); }

}  // namespace strata
