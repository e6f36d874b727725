// One update of SupervisedRun: batches in, gradients, their sum over the ranks, clipping, the step; then one look at
// it.
#include <cmath>
#include <span>
#include <string>
#include <utility>

#include "ops/update_scale.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/core/error.hpp"
#include "strata/core/philox.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/model/model.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/shape.hpp"
#include "strata/ops/update.hpp"
#include "strata/tensor/context.hpp"
#include "train/supervised.hpp"

namespace strata::detail {
namespace {

void add_to(Tensor& total, const Tensor& value) {
  const NoGrad scope;
  total = total.defined() ? total + value : value.detach();
}

const Tensor& reported_part(const Loss& loss) {
  for (const LossPart& part : loss.parts) {
    if (part.name == "loss") return part.sum;
  }
  return loss.sum;
}

}  // namespace

void SupervisedRun::forget_gradients() const {
  for (const NamedParameter& one : trained_) one.parameter.value().set_grad({});
}

// The number from which dropout of a micro-batch of this rank draws, 0-d i64.
Tensor SupervisedRun::random_step(std::int64_t micro) const {
  const std::string stream = std::to_string(micro) + "/" + std::to_string(job_.communicator->rank());
  const auto update = static_cast<std::uint64_t>(progress_.update + 1);
  return Tensor::from(std::vector<std::int64_t>{static_cast<std::int64_t>(hash64(update, stream))}, {});
}

// Takes the micro-batches of this rank, and adds up what all ranks count. False when the data is at its end.
bool SupervisedRun::gather(Gathered& gathered) {
  for (std::int64_t micro = 0; micro < options_.accumulate; ++micro) {
    const std::optional<Batch> batch = batches_->next();
    if (!batch) {
      if (micro == 0) return false;
      break;
    }
    progress_.epoch = batch->last ? batch->epoch + 1 : batch->epoch;
    progress_.position = batch->last ? 0 : batch->position + 1;
    if (batch->size == 0) continue;
    gathered.weight += in_plugin("weight()", *job_.model, [&] { return job_.model->weight(*batch); });
    gathered.sentences += static_cast<double>(batch->size);
    gathered.tokens += static_cast<double>(batch->tokens);
    gathered.batches.push_back(to_tensors(*batch));
    gathered.first.push_back(batch->first);
  }
  if (job_.communicator->size() > 1) {
    const Tensor counts = Tensor::from(std::vector<double>{gathered.weight, gathered.sentences, gathered.tokens}, {3});
    job_.communicator->all_reduce(counts);
    const std::vector<double> read = counts.to_doubles();
    gathered.weight = read[0], gathered.sentences = read[1], gathered.tokens = read[2];
  }
  return true;
}

// What device_step reads: the rates [groups] and f64 [2], as one copy is as cheap as half of it: 1 / weight and the
// decay of the mean of the weights; for each micro-batch its random number, a mark that is undefined where state begins
// anew, and its columns; then the state that the last update left, if the first batch goes on from it.
Tensors SupervisedRun::step_inputs(const Gathered& gathered, double rate) const {
  const std::vector<double> scale{1 / gathered.weight, mean_.decay(progress_.update + 1)};
  Tensors inputs{group_rates(rate), Tensor::from(scale, {2})};
  for (std::size_t i = 0; i < gathered.batches.size(); ++i) {
    inputs.push_back(random_step(static_cast<std::int64_t>(i)));
    inputs.push_back(gathered.first[i] ? Tensor() : Tensor::scalar(0));
    for (const Tensor& value : gathered.batches[i].values()) inputs.push_back(value);
  }
  if (!gathered.first.empty() && !gathered.first[0]) inputs.insert(inputs.end(), carry_.begin(), carry_.end());
  return inputs;
}

void SupervisedRun::all_reduce(Tensor& statistics) const {
  job_.communicator->all_reduce(statistics);
  for (const NamedParameter& one : trained_) {
    const Tensor& value = one.parameter.value();
    // Every rank takes part in every sum, also where its own batch touched nothing.
    if (!value.grad().defined()) value.set_grad(Tensor::zeros(value.shape(), value.dtype(), value.device()));
    job_.communicator->all_reduce(value.grad());
  }
  // Buffers follow the batches of the first rank, whose checkpoints are kept.
  for (const NamedParameter& one : saved_) {
    if (one.parameter.kind() == ParameterKind::buffer) job_.communicator->broadcast(one.parameter.value());
  }
}

// Each is rounded once, as the only one is that a run without groups has.
Tensor SupervisedRun::group_rates(double rate) const {
  std::vector<float> rates;
  for (const double factor : rates_) rates.push_back(static_cast<float>(rate * factor));
  return Tensor::from(rates, {static_cast<std::int64_t>(rates.size())});
}

// All that the device does for an update. What changes from one to the next comes in as tensors (step_inputs), and
// nothing waits, so that it can be replayed. -> f64: the part "loss", the objective, the norm of the gradients, all
// before the division by the weight; in f16 also the factor of the loss from now on. Where one of the three is not
// finite, the update changes nothing. Then the state for the next update.
Tensors SupervisedRun::device_step(const Tensors& inputs) {
  constexpr std::size_t kRates = 0, kScale = 1, kScalars = 2;
  struct Gradients {  // of this step, also where it ends by an error
    explicit Gradients(const SupervisedRun& owner) : run(owner) { run.forget_gradients(); }
    Gradients(const Gradients&) = delete;
    Gradients& operator=(const Gradients&) = delete;
    ~Gradients() { run.forget_gradients(); }
    const SupervisedRun& run;
  };
  const Gradients scope_of_gradients(*this);
  const std::span<const Tensor> all(inputs);
  std::size_t end = kScalars;  // of the inputs of the micro-batches
  for (const TensorBatch& columns : columns_) end += 2 + columns.columns().size();
  Tensors carry(inputs.begin() + static_cast<std::ptrdiff_t>(end), inputs.end());
  Tensor reported, objective;
  std::size_t at = kScalars;
  for (const TensorBatch& columns : columns_) {
    context().random_step = all[at];
    const bool first = !all[at + 1].defined();
    TensorBatch batch = columns.with(all.subspan(at + 2, columns.columns().size()));
    if (!first) batch.carry = std::move(carry);
    at += 2 + columns.columns().size();
    Loss loss = in_plugin("loss()", *job_.model, [&] { return job_.model->loss(batch, {options_.label_smoothing}); });
    backward(loss_scale_.scaled(loss.sum));
    add_to(objective, loss.sum);
    add_to(reported, reported_part(loss));
    carry = std::move(loss.carry);
    for (Tensor& state : carry) state = state.detach();
  }
  const NoGrad scope;
  if (!objective.defined()) objective = reported = Tensor::scalar(0);
  if (job_.communicator->size() > 1) {
    Tensor sums = stack({cast(reported, DType::f64), cast(objective, DType::f64)}, 0);
    all_reduce(sums);
    const Tensors parts = unbind(sums, 0);
    reported = parts[0], objective = parts[1];
  }

  Tensors gradients;
  for (const NamedParameter& one : trained_) gradients.push_back(one.parameter.value().grad());
  const Tensor inverse = select(inputs[kScale], 0, 0), decay = select(inputs[kScale], 0, 1);
  const UpdateScale made =
      update_scale({reported, objective, squared_norm(gradients), inverse, loss_scale_.factor()}, options_.clip_norm);
  const Tensors rates = unbind(inputs[kRates], 0);
  in_plugin("step()", *optimizer_, [&] { optimizer_->step(rates, made.scale); });
  if (mean_.on()) mean_.update(decay, made.flaw);
  loss_scale_.update(made.flaw);
  Tensors out{loss_scale_.on() ? concat({made.report, reshape(loss_scale_.factor(), {1})}, 0) : made.report};
  out.insert(out.end(), carry.begin(), carry.end());
  return out;
}

void SupervisedRun::fail_diverged(std::int64_t update, const std::string& what) const {
  const auto latest = job_.folder->latest();
  observer_.end({"diverged", progress_.present_epoch(), progress_.update, elapsed(), {}});
  throw Error("E_DIVERGED", "update " + std::to_string(update),
              what + "; " +
                  (latest ? "the last good checkpoint is " + job_.folder->checkpoint(*latest)
                          : "no checkpoint was saved before"),
              "lower the learning rate, warm up longer or set train.clip_norm");
}

// Gradients beyond f16, with a factor of the loss that can still be lowered: the update has changed nothing.
bool SupervisedRun::skipped(double norm, double factor) {
  if (std::isfinite(norm) || factor < 1) return false;
  observer_.message(Severity::info,
                    "update " + std::to_string(progress_.update + 1) +
                        ": a gradient is beyond f16, nothing is changed; the loss is now multiplied by " +
                        std::to_string(static_cast<std::int64_t>(factor)));
  return true;
}

void SupervisedRun::update() {
  context().training = true;
  const Schedule::Position position{progress_.update + 1, epochs_done(), share_done()};
  const double rate =
      optimizer_->learning_rate() * in_plugin("factor()", *schedule_, [&] { return schedule_->factor(position); });
  Gathered gathered;
  if (!gather(gathered)) throw Error("E_INTERNAL", "[trainer]", "the data ended before the limit");
  const Tensors inputs = step_inputs(gathered, rate);
  columns_ = std::move(gathered.batches);
  Tensors outputs = step_(inputs);
  const std::vector<double> read = outputs[0].to_doubles();  // the one place that waits for the device
  carry_.assign(outputs.begin() + 1, outputs.end());

  const double loss = read[0] / gathered.weight, norm = read[2] / gathered.weight;
  const bool finite = std::isfinite(loss) && std::isfinite(read[1]);
  if (finite && loss_scale_.on() && skipped(norm, read[3])) {
    ++progress_.update;
    return;
  }
  if (!finite || !std::isfinite(norm)) {
    fail_diverged(progress_.update + 1, "loss " + std::to_string(loss) + ", gradient norm " + std::to_string(norm) +
                                            ", learning rate " + std::to_string(rate));
  }
  ++progress_.update;
  progress_.sentences += static_cast<std::int64_t>(gathered.sentences);
  progress_.target_tokens += static_cast<std::int64_t>(gathered.tokens);
  ++window_.updates;
  window_.loss += loss * gathered.weight;
  window_.weight += gathered.weight;
  window_.norm += norm;
  window_.tokens += gathered.tokens;
  if (progress_.update % options_.report_every == 0) report(rate);
}

}  // namespace strata::detail
