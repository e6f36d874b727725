// How a LoopRun begins: its phases, its data, and the checkpoint from which it goes on.
#include <algorithm>
#include <set>
#include <utility>

#include "strata/checkpoint/safetensors.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/core/philox.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/model/model.hpp"
#include "strata/nn/quantize.hpp"
#include "strata/tensor/context.hpp"
#include "train/loop_run.hpp"
#include "train/parameter_groups.hpp"

namespace strata::detail {
namespace {

// Other data would make a run that nobody could repeat.
void require_same_data(const Progress& saved, const Progress& now, const std::string& folder) {
  for (const auto& [split, sum] : now.data) {
    const auto before = saved.data.find(split);
    if (before == saved.data.end() || sum.empty() || before->second == sum) continue;
    throw Error("E_DATA_CHANGED", "split " + split,
                "its pairs are not those that the run was started with: their SHA-256 is " + sum.substr(0, 16) +
                    "..., " + folder + "/trainer_state.json says " + printable(before->second, 16),
                "bring the data back as they were, or give another --output");
  }
}

}  // namespace

LoopRun::LoopRun(const LoopOptions& options, const TrainJob& job, Objective& objective)
    : options_(options),
      job_(job),
      objective_(objective),
      observer_(job.observer != nullptr ? *job.observer : none_),
      tree_(*job.model, &objective),
      start_(std::chrono::steady_clock::now()) {
  make_phases();  // a prefix that nothing has is found before a long reading
  read_data();
  prepare_samples();
}

void LoopRun::make_phases() {
  objective_.materialise(hash64(job_.seed, "objective"));
  freeze(tree_, options_.freeze);
  saved_ = job_.model->saved();
  extra_ = tree_.of_objective(/*buffers=*/true);
  std::vector<NamedParameter> all;
  std::set<const ParameterState*> seen;
  for (const Phase& phase : in_plugin("phases()", objective_, [&] { return objective_.phases(); })) {
    const std::size_t position = phases_.size();
    ReplayedStep step([this, position](const Tensors& inputs) { return device_step(position, inputs); },
                      options_.replay && job_.communicator->size() == 1,
                      [this](const std::string& reason) {
                        observer_.message(Severity::warning, "steps are not replayed: " + reason);
                      });
    phases_.push_back(std::make_unique<PhaseState>(phase, tree_, std::move(step)));
    cycle_ += phase.updates;
    for (const NamedParameter& one : phases_.back()->trained()) {
      if (!seen.insert(&one.parameter.state()).second) {
        throw Error("E_CONFIG_GROUPS", place_of(phase), "\"" + one.name + "\" is of an earlier phase, too",
                    "a parameter belongs to one phase at most");
      }
      all.push_back(one);
    }
    if (phase.updates < 1) {
      throw Error("E_CONFIG_RANGE", place_of(phase), std::to_string(phase.updates) + " updates in a row are asked for",
                  "1 or more");
    }
  }
  if (phases_.empty()) throw Error("E_CONFIG_MISSING", "train", "the objective has no phase", "phases() needs one");
  mean_.start(options_.ema, all);
}

void LoopRun::read_data() {
  train_ = job_.feed(options_.train_split, /*training=*/true);
  progress_.data[options_.train_split] = train_->fingerprint();
  for (const Slot<Metric>& slot : options_.metrics) metrics_.push_back(slot.make());
  const std::vector<std::string> splits = job_.dataset->splits();
  validates_ = !metrics_.empty() && std::find(splits.begin(), splits.end(), options_.valid_split) != splits.end();
  if (!validates_) {
    if (options_.patience > 0) {
      throw Error("E_CONFIG_MISSING", "train.patience", "there is no validation that could stop the run early",
                  "give the data a split \"" + options_.valid_split + "\" and train.metrics a metric");
    }
    observer_.message(Severity::warning, "no validation: the data has no split \"" + options_.valid_split +
                                             "\" or train.metrics is empty; `best` is not kept");
    return;
  }
  valid_ = job_.feed(options_.valid_split, /*training=*/false);
  progress_.data[options_.valid_split] = valid_->fingerprint();
  require_bytes(*valid_, metrics_);
  for (const auto& metric : metrics_) {
    if (metric->input() != Metric::Input::text) continue;
    if (job_.translate == nullptr) {
      throw Error("E_CONFIG_METRIC", "train.metrics",
                  "\"" + std::string(metric->name()) + "\" is measured on texts, and nothing here writes any",
                  "metrics of sums: loss, perplexity, accuracy");
    }
    if (valid_texts_.empty()) valid_texts_ = read_text_pairs(*job_.dataset, options_.valid_split, *valid_);
  }
}

void LoopRun::resume() {
  const std::optional<std::int64_t> latest = job_.folder->latest();
  if (!latest) return;
  const std::string folder = job_.folder->checkpoint(*latest), file = folder + "/optimizer.safetensors";
  job_.folder->verify(*latest);  // which the caller may have done before, with the same object
  Progress saved = Progress::from_config(read_json(folder + "/trainer_state.json"));
  require_same_data(saved, progress_, folder);
  saved.data = progress_.data;
  load_parameters(folder + "/model.safetensors", saved_);
  require_whole(saved_, folder);
  std::vector<NamedTensor> state = step_state();
  mean_.add_state(state);
  if (!state.empty()) {
    for (const auto& phase : phases_) phase->read_carry(file);
    add_carry(state);
    load_tensors(file, state);
  }
  mean_.resume();
  progress_ = std::move(saved);
  elapsed_before_ = progress_.elapsed_seconds;
  saved_update_ = progress_.update;
  // A kill between the checkpoint and its link.
  const std::int64_t best = progress_.best_update;
  const bool best_there =
      best > 0 && job_.folder->best() != best && (best == *latest || checkpoint_intact(job_.folder->checkpoint(best)));
  if (best_there && job_.communicator->rank() == 0) job_.folder->set_best(progress_.best_update);
}

RunReport LoopRun::describe() const {
  RunReport report;
  report.output = job_.folder->path();
  const Config* type = job_.recipe.find_path("model.type");
  if (type != nullptr) report.model = type->string();
  report.device = context().device == nullptr ? "cpu" : context().device->name();
  report.precision = name_of(context().compute);
  for (const NamedParameter& one : tree_.parameters()) report.parameters += one.parameter.shape().numel();
  report.trained = 0;
  for (const auto& phase : phases_) {
    for (const NamedParameter& one : phase->trained()) report.trained += one.parameter.shape().numel();
  }
  report.start_update = progress_.update;
  report.max_updates = options_.max_updates;
  report.max_epochs = static_cast<double>(options_.max_epochs);
  report.max_minutes = options_.max_minutes;
  return report;
}

}  // namespace strata::detail
