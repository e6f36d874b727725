// Trainer "supervised": the loop, its limits, and how it starts or goes on.
#include "train/supervised.hpp"

#include <algorithm>
#include <utility>

#include "strata/checkpoint/safetensors.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/model/model.hpp"
#include "strata/nn/quantize.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/tensor/context.hpp"
#include "train/roles.hpp"

namespace strata {
namespace detail {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

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

const std::string kCarry = "carry.";  // names of the state from batch to batch, in a checkpoint

Tensors read_carry(const std::string& path) {
  const SafetensorsFile file(path);
  Tensors carry;
  while (const SafetensorsFile::Entry* entry = file.find(kCarry + std::to_string(carry.size()))) {
    carry.push_back(file.read(*entry));
  }
  return carry;
}

}  // namespace

SupervisedRun::SupervisedRun(const SupervisedOptions& options, const TrainJob& job)
    : options_(options),
      job_(job),
      observer_(job.observer != nullptr ? *job.observer : none_),
      step_([this](const Tensors& inputs) { return device_step(inputs); },
            options.replay && job.communicator->size() == 1,
            [this](const std::string& reason) {
              observer_.message(Severity::warning, "steps are not replayed: " + reason);
            }),
      start_(std::chrono::steady_clock::now()) {
  make_parts();  // a prefix that nothing has is found before a long reading
  read_data();
}

void SupervisedRun::read_data() {
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

void SupervisedRun::make_parts() {
  freeze(*job_.model, options_.freeze);
  saved_ = job_.model->saved();
  const Optimizer::Facts facts{make_groups(*job_.model, options_.grouping)};
  trained_ = facts.parameters();
  for (const ParameterGroup& group : facts.groups) rates_.push_back(group.rate);
  optimizer_ = options_.optimizer.make(facts);
  schedule_ = options_.schedule.make();
  mean_.start(options_.ema, trained_);
  loss_scale_.start(context().compute == DType::f16);
}

std::vector<NamedTensor> SupervisedRun::step_state() {
  std::vector<NamedTensor> state = optimizer_->state();
  loss_scale_.add_state(state);
  return state;
}

void SupervisedRun::add_carry(std::vector<NamedTensor>& state) const {
  for (std::size_t i = 0; i < carry_.size(); ++i) state.push_back({kCarry + std::to_string(i), carry_[i]});
}

void SupervisedRun::resume() {
  const std::optional<std::int64_t> latest = job_.folder->latest();
  if (!latest) return;
  const std::string folder = job_.folder->checkpoint(*latest);
  job_.folder->verify(*latest);  // which the caller may have done before, with the same object
  Progress saved = Progress::from_config(read_json(folder + "/trainer_state.json"));
  require_same_data(saved, progress_, folder);
  saved.data = progress_.data;
  load_parameters(folder + "/model.safetensors", saved_);
  require_whole(saved_, folder);
  std::vector<NamedTensor> state = step_state();
  mean_.add_state(state);
  if (!state.empty()) {
    carry_ = read_carry(folder + "/optimizer.safetensors");
    add_carry(state);
    load_tensors(folder + "/optimizer.safetensors", state);
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

RunReport SupervisedRun::describe() const {
  RunReport report;
  report.output = job_.folder->path();
  const Config* type = job_.recipe.find_path("model.type");
  if (type != nullptr) report.model = type->string();
  report.device = context().device == nullptr ? "cpu" : context().device->name();
  report.precision = name_of(context().compute);
  for (const NamedParameter& one : job_.model->parameters()) report.parameters += one.parameter.shape().numel();
  report.trained = 0;
  for (const NamedParameter& one : trained_) report.trained += one.parameter.shape().numel();
  report.start_update = progress_.update;
  report.max_updates = options_.max_updates;
  report.max_epochs = static_cast<double>(options_.max_epochs);
  report.max_minutes = options_.max_minutes;
  return report;
}

double SupervisedRun::elapsed() const { return elapsed_before_ + seconds_since(start_); }

double SupervisedRun::epochs_done() const {
  const double batches = static_cast<double>(train_->batches(progress_.epoch));
  return static_cast<double>(progress_.epoch) + static_cast<double>(progress_.position) / batches;
}

double SupervisedRun::share_done() const {
  double share = 0;
  if (options_.max_updates > 0) {
    share = std::max(share, static_cast<double>(progress_.update) / static_cast<double>(options_.max_updates));
  }
  if (options_.max_epochs > 0) share = std::max(share, epochs_done() / static_cast<double>(options_.max_epochs));
  if (options_.max_minutes > 0) share = std::max(share, elapsed() / (60 * options_.max_minutes));
  return std::min(share, 1.0);
}

std::string SupervisedRun::limit_reached() const {
  if (options_.max_updates > 0 && progress_.update >= options_.max_updates) return "max_updates";
  if (options_.max_epochs > 0 && progress_.epoch >= options_.max_epochs) return "max_epochs";
  if (options_.patience > 0 && progress_.stale >= options_.patience) return "early_stopping";
  if (options_.max_minutes > 0 && elapsed() >= 60 * options_.max_minutes) return "max_minutes";
  return {};
}

EndReport SupervisedRun::run() {
  resume();
  observer_.begin(describe());
  std::optional<std::int64_t> last_epoch;
  if (options_.max_epochs > 0) last_epoch = options_.max_epochs - 1;
  std::string reason = limit_reached();
  const ContextScope scope;
  if (progress_.validation_due) boundary(false);
  if (reason.empty()) {
    batches_ = std::make_unique<Prefetcher>(batch_source(*train_, progress_.epoch, progress_.position, last_epoch));
    window_.start = std::chrono::steady_clock::now();
    while ((reason = limit_reached()).empty()) {
      update();
      boundary(false);
    }
  }
  boundary(true);
  EndReport end{reason, progress_.present_epoch(), progress_.update, elapsed(), {}};
  if (const auto best = job_.folder->best()) end.best = job_.folder->checkpoint(*best);
  observer_.end(end);
  return end;
}

namespace {

class SupervisedTrainer final : public Trainer {
 public:
  using Options = SupervisedOptions;

  SupervisedTrainer(const Options& options, const Facts& facts) : options_(options) {
    if (options.max_updates > 0 || options.max_epochs > 0 || options.max_minutes > 0) return;
    throw Error("E_CONFIG_MISSING", facts.place, "no limit is set: the run would never end",
                "set max_updates, max_epochs or max_minutes");
  }

  EndReport run(const TrainJob& job) override { return SupervisedRun(options_, job).run(); }

 private:
  Options options_;
};

}  // namespace
}  // namespace detail

void register_trainers(Registry& registry) {
  registry.add<Trainer, detail::SupervisedTrainer>(
      "supervised", "gradient descent on the loss of the model over the examples of a split");
}

}  // namespace strata
