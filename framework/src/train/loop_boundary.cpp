// What LoopRun does between two updates: reports, validation, checkpoints, stopping.
#include <algorithm>
#include <cmath>
#include <string>

#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/ops/update.hpp"
#include "strata/tensor/context.hpp"
#include "strata/train/validation.hpp"
#include "train/loop_run.hpp"

namespace strata::detail {

void LoopRun::report(double rate) {
  const auto now = std::chrono::steady_clock::now();
  const double seconds = std::chrono::duration<double>(now - window_start_).count();
  UpdateReport report;
  report.epoch = progress_.present_epoch();
  report.update = progress_.update;
  report.sentences = progress_.sentences;
  report.target_tokens = progress_.target_tokens;
  const auto first = std::find_if(phases_.begin(), phases_.end(), [](const auto& p) { return p->window.updates > 0; });
  if (first == phases_.end()) return;  // every update was skipped
  const PhaseWindow& window = (*first)->window;
  report.loss = window.loss / window.weight;
  report.perplexity = std::exp(report.loss);
  report.tokens_per_second = seconds > 0 ? window_tokens_ / seconds : 0;
  report.gradient_norm = window.norm / static_cast<double>(window.updates);
  report.learning_rate = rate;
  report.elapsed_seconds = elapsed();
  report.progress = share_done();
  if (report.progress > 0) report.remaining_seconds = report.elapsed_seconds * (1 / report.progress - 1);
  for (const auto& phase : phases_) phase->report(report, phases_.size() > 1);
  observer_.update(report);
  for (const auto& phase : phases_) phase->window = {};
  window_tokens_ = 0;
  window_start_ = now;
}

// Weights that no longer are numbers never take the place of a good checkpoint.
void LoopRun::check_weights() const {
  const NoGrad scope;
  Tensors weights;
  for (const auto* list : {&saved_, &extra_}) {
    for (const NamedParameter& one : *list) weights.push_back(one.parameter.value().detach());
  }
  const double norm = std::sqrt(squared_norm(weights).item());
  if (std::isfinite(norm)) return;
  fail_diverged(progress_.update, "the norm of the weights is " + std::to_string(norm));
}

std::vector<NamedTensor> LoopRun::step_state() const {
  std::vector<NamedTensor> state;
  for (const auto& phase : phases_) phase->add_state(state);
  for (const NamedParameter& one : extra_) state.push_back({one.name, one.parameter.value().detach()});
  return state;
}

void LoopRun::add_carry(std::vector<NamedTensor>& state) const {
  for (const auto& phase : phases_) phase->add_carry(state);
}

void LoopRun::save() {
  check_weights();
  progress_.elapsed_seconds = elapsed();
  saved_update_ = progress_.update;
  if (job_.communicator->rank() == 0) {
    CheckpointContents contents;
    contents.recipe = job_.recipe;
    contents.plugins = job_.plugins;
    contents.parameters = saved_;
    contents.tokenizers = job_.tokenizers;
    contents.feed = job_.saved_feed;
    contents.optimizer = step_state();
    const WeightMean::Shown shown(mean_);
    mean_.add_state(contents.optimizer);
    add_carry(contents.optimizer);
    contents.trainer_state = progress_.to_config();
    job_.folder->save(progress_.update, contents);
    if (progress_.best_update == progress_.update) job_.folder->set_best(progress_.update);
    job_.folder->prune(options_.keep_checkpoints);
  }
  job_.communicator->barrier();
}

void LoopRun::stop() {
  progress_.saved_epoch = progress_.epoch;
  if (saved_update_ != progress_.update) save();
  observer_.end({"interrupted", progress_.present_epoch(), progress_.update, elapsed(), {}});
  throw Error("E_STOPPED", "update " + std::to_string(progress_.update),
              "stopped on request, " + job_.folder->checkpoint(progress_.update) + " is saved",
              "run the same command to go on");
}

// Recordings of training steps hold memory: where validation has too little, they make room, once.
bool LoopRun::measure() {
  const ValidationJob job{*job_.model, valid_.get(), &valid_texts_, &job_.translate};
  const WeightMean::Shown shown(mean_);
  const auto once = [&] {
    if (!validate(job, metrics_)) return false;
    write_samples(options_.samples);
    return true;
  };
  try {
    return once();
  } catch (const Error& error) {
    bool forgot = false;
    for (const auto& phase : phases_) forgot = phase->step.forget() || forgot;
    if (error.code() != "E_MEMORY_EXHAUSTED" || !forgot) throw;
    observer_.message(Severity::info,
                      "validation needs the memory of recorded steps, which are recorded anew: " + error.message());
  }
  return once();
}

bool LoopRun::run_validation() {
  const auto start = std::chrono::steady_clock::now();
  progress_.validation_due = true;  // until it is done: a run that goes on begins with it
  if (job_.communicator->agree(measure() ? 0 : 1) != 0) stop();
  progress_.validation_due = false;
  progress_.validated_update = progress_.update;
  progress_.validated_epoch = progress_.epoch;

  ValidationReport report;
  for (const auto& metric : metrics_) {
    const std::string name(metric->name());
    const double value = in_plugin("value()", *metric, [&] { return metric->value(); });
    const auto known = progress_.best.find(name);
    const double before = known == progress_.best.end() ? std::nan("") : known->second;
    const bool improved = metric->better(value, before);
    if (improved) progress_.best[name] = value;
    report.metrics.push_back({name, value, improved ? value : before, improved, metric->signature()});
  }
  const bool best = report.metrics.front().improved;
  progress_.stale = best ? 0 : progress_.stale + 1;
  if (best) progress_.best_update = progress_.update;
  const auto now = std::chrono::steady_clock::now();
  report.epoch = progress_.present_epoch();
  report.update = progress_.update;
  report.elapsed_seconds = elapsed();
  report.seconds = std::chrono::duration<double>(now - start).count();
  report.samples = samples_;
  observer_.validation(report);
  window_start_ += now - start;  // speed is that of training
  return best;
}

// last: the run is over, so that whatever is still owed is done.
void LoopRun::boundary(bool last) {
  const bool made_any = progress_.update > 0;
  if (validates_ && made_any && progress_.validated_update != progress_.update) {
    const bool periodical = options_.validate_every > 0 ? progress_.update % options_.validate_every == 0
                                                        : progress_.epoch > progress_.validated_epoch;
    progress_.validation_due = progress_.validation_due || periodical || last;
  }
  const bool best = progress_.validation_due && run_validation();
  const bool periodical = options_.checkpoint_every > 0 ? progress_.update % options_.checkpoint_every == 0
                                                        : progress_.epoch > progress_.saved_epoch;
  if (periodical) progress_.saved_epoch = progress_.epoch;
  const bool owed = (periodical || last) && made_any && saved_update_ != progress_.update;
  if (best || owed) save();
}

}  // namespace strata::detail
