// LoopRun: the loop, and its limits.
#include "train/loop_run.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "strata/core/interrupt.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/tensor/context.hpp"

namespace strata::detail {

double LoopRun::elapsed() const {
  return elapsed_before_ + std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

double LoopRun::epochs_done() const {
  const double batches = static_cast<double>(train_->batches(progress_.epoch));
  return static_cast<double>(progress_.epoch) + static_cast<double>(progress_.position) / batches;
}

double LoopRun::share_done() const {
  double share = 0;
  if (options_.max_updates > 0) {
    share = std::max(share, static_cast<double>(progress_.update) / static_cast<double>(options_.max_updates));
  }
  if (options_.max_epochs > 0) share = std::max(share, epochs_done() / static_cast<double>(options_.max_epochs));
  if (options_.max_minutes > 0) share = std::max(share, elapsed() / (60 * options_.max_minutes));
  return std::min(share, 1.0);
}

// The clock and signals of one rank decide for all, so that none waits for one that has left.
LoopRun::Decision LoopRun::decide() const {
  constexpr std::array<std::string_view, 5> kReasons = {"", "max_updates", "max_epochs", "early_stopping",
                                                        "max_minutes"};
  const std::array<bool, 5> reached = {false, options_.max_updates > 0 && progress_.update >= options_.max_updates,
                                       options_.max_epochs > 0 && progress_.epoch >= options_.max_epochs,
                                       options_.patience > 0 && progress_.stale >= options_.patience,
                                       options_.max_minutes > 0 && elapsed() >= 60 * options_.max_minutes};
  const auto first = std::find(reached.begin(), reached.end(), true);
  const auto limit = first == reached.end() ? 0 : first - reached.begin();
  constexpr std::int64_t kStop = 8;
  const std::int64_t agreed = job_.communicator->agree(limit + (interrupted() != 0 ? kStop : 0));
  return {agreed >= kStop, std::string(kReasons[static_cast<std::size_t>(agreed % kStop)])};
}

std::size_t LoopRun::phase_of(std::int64_t update) const {
  std::int64_t left = (update - 1) % cycle_;
  std::size_t position = 0;
  while (left >= phases_[position]->phase.updates) left -= phases_[position++]->phase.updates;
  return position;
}

EndReport LoopRun::run() {
  resume();
  observer_.begin(describe());
  std::optional<std::int64_t> last_epoch;
  if (options_.max_epochs > 0) last_epoch = options_.max_epochs - 1;
  Decision decision = decide();
  const ContextScope scope;
  if (progress_.validation_due) boundary(false);
  if (decision.reason.empty()) {
    batches_ = std::make_unique<Prefetcher>(batch_source(*train_, progress_.epoch, progress_.position, last_epoch));
    window_start_ = std::chrono::steady_clock::now();
    decision = decide();
    while (decision.reason.empty()) {
      do {
        update();
      } while (!in_plugin("whole()", objective_, [&] { return objective_.whole(); }));
      boundary(false);
      decision = decide();
      if (decision.stop && decision.reason.empty()) stop();
    }
  }
  boundary(true);
  EndReport end{decision.reason, progress_.present_epoch(), progress_.update, elapsed(), {}};
  if (const auto best = job_.folder->best()) end.best = job_.folder->checkpoint(*best);
  observer_.end(end);
  return end;
}

}  // namespace strata::detail
