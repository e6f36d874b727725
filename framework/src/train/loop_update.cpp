// One update of LoopRun: batches in, gradients, their sum over the ranks, clipping, the step; then one look at
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
#include "train/loop_run.hpp"

namespace strata::detail {
namespace {

void add_to(Tensor& total, const Tensor& value) {
  const NoGrad scope;
  total = total.defined() ? total + value : value.detach();
}

// The sums of the losses of an update's batches.
struct Sums {
  Tensor reported, objective;  // 0-d
  Tensors others;              // of the parts other than "loss"

  // names: those of the parts; empty before the first loss.
  void add(const Loss& loss, std::vector<std::string>& names) {
    add_to(objective, loss.sum);
    const LossPart* main = nullptr;
    std::vector<std::string> found;
    Tensors values;
    for (const LossPart& part : loss.parts) {
      if (part.name == "loss") {
        main = &part;
      } else {
        found.push_back(part.name);
        values.push_back(part.sum);
      }
    }
    add_to(reported, main != nullptr ? main->sum : loss.sum);
    if (names.empty()) names = found;
    if (found != names) fail_parts(names, found);
    others.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) add_to(others[i], values[i]);
  }

 private:
  [[noreturn]] static void fail_parts(const std::vector<std::string>& before, const std::vector<std::string>& now) {
    const auto listed = [](const std::vector<std::string>& names) {
      std::string text;
      for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
      return text.empty() ? std::string("none") : text;
    };
    throw Error("E_MODEL_PARTS", "loss()",
                "the parts of this loss are " + listed(now) + ", those of the first one were " + listed(before),
                "a loss in training must always have the same parts");
  }
};

// While it lives, the parameters of all phases but one are frozen.
class Turn {
 public:
  Turn(const std::vector<std::unique_ptr<PhaseState>>& all, const PhaseState& one) : all_(all) {
    for (const auto& phase : all_) {
      if (phase.get() != &one) phase->set_trainable(false);
    }
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    for (const auto& phase : all_) phase->set_trainable(true);
  }

 private:
  const std::vector<std::unique_ptr<PhaseState>>& all_;
};

}  // namespace

// The number from which dropout of a micro-batch of this rank draws, 0-d i64.
Tensor LoopRun::random_step(std::int64_t micro) const {
  const std::string stream = std::to_string(micro) + "/" + std::to_string(job_.communicator->rank());
  const auto update = static_cast<std::uint64_t>(progress_.update + 1);
  return Tensor::from(std::vector<std::int64_t>{static_cast<std::int64_t>(hash64(update, stream))}, {});
}

// Takes the micro-batches of this rank, and adds up what all ranks count. False when the data is at its end.
bool LoopRun::gather(std::size_t phase, Gathered& gathered) {
  const BatchSource feed = [this] {
    std::optional<Batch> batch = batches_->next();
    if (batch) {
      progress_.epoch = batch->last ? batch->epoch + 1 : batch->epoch;
      progress_.position = batch->last ? 0 : batch->position + 1;
    }
    return batch;
  };
  for (std::int64_t micro = 0; micro < options_.accumulate; ++micro) {
    const std::optional<Batch> batch = in_plugin("next()", objective_, [&] {
      const NoGrad scope;
      return objective_.next(feed, phase);
    });
    if (!batch) {
      if (micro == 0) return false;
      break;
    }
    if (batch->size == 0) continue;
    gathered.weight += in_plugin("weight()", objective_, [&] { return objective_.weight(*batch, phase); });
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
Tensors LoopRun::step_inputs(const PhaseState& phase, const Gathered& gathered, double rate) const {
  const std::vector<double> scale{1 / gathered.weight, mean_.decay(progress_.update + 1)};
  Tensors inputs{phase.group_rates(rate), Tensor::from(scale, {2})};
  for (std::size_t i = 0; i < gathered.batches.size(); ++i) {
    inputs.push_back(random_step(static_cast<std::int64_t>(i)));
    inputs.push_back(gathered.first[i] ? Tensor() : Tensor::scalar(0));
    for (const Tensor& value : gathered.batches[i].values()) inputs.push_back(value);
  }
  if (!gathered.first.empty() && !gathered.first[0]) {
    inputs.insert(inputs.end(), phase.carry.begin(), phase.carry.end());
  }
  return inputs;
}

void LoopRun::all_reduce(const PhaseState& phase, Tensor& statistics) const {
  job_.communicator->all_reduce(statistics);
  for (const NamedParameter& one : phase.trained()) {
    const Tensor& value = one.parameter.value();
    // Every rank takes part in every sum, also where its own batch touched nothing.
    if (!value.grad().defined()) value.set_grad(Tensor::zeros(value.shape(), value.dtype(), value.device()));
    job_.communicator->all_reduce(value.grad());
  }
  // Buffers follow the batches of the first rank, whose checkpoints are kept.
  for (const auto* list : {&saved_, &extra_}) {
    for (const NamedParameter& one : *list) {
      if (one.parameter.kind() == ParameterKind::buffer) job_.communicator->broadcast(one.parameter.value());
    }
  }
}

// All that the device does for an update. What changes from one to the next comes in as tensors (step_inputs), and
// nothing waits, so that it can be replayed. -> f64: the part "loss", the objective, the norm of the gradients, all
// before the division by the weight; in f16 also the factor of the loss from now on; then the other parts of the loss.
// Where one of the first three is not finite, the update changes nothing. Then the state for the next update.
Tensors LoopRun::device_step(std::size_t position, const Tensors& inputs) {
  constexpr std::size_t kRates = 0, kScale = 1, kScalars = 2;
  PhaseState& phase = *phases_[position];
  struct Gradients {  // of this step, also where it ends by an error
    explicit Gradients(const PhaseState& owner) : phase(owner) { phase.forget_gradients(); }
    Gradients(const Gradients&) = delete;
    Gradients& operator=(const Gradients&) = delete;
    ~Gradients() { phase.forget_gradients(); }
    const PhaseState& phase;
  };
  const Gradients scope_of_gradients(phase);
  const std::span<const Tensor> all(inputs);
  std::size_t end = kScalars;  // of the inputs of the micro-batches
  for (const TensorBatch& columns : columns_) end += 2 + columns.columns().size();
  Tensors carry(inputs.begin() + static_cast<std::ptrdiff_t>(end), inputs.end());
  Sums sums;
  std::size_t at = kScalars;
  for (const TensorBatch& columns : columns_) {
    context().random_step = all[at];
    const bool first = !all[at + 1].defined();
    TensorBatch batch = columns.with(all.subspan(at + 2, columns.columns().size()));
    if (!first) batch.carry = std::move(carry);
    at += 2 + columns.columns().size();
    Loss loss = in_plugin("loss()", objective_, [&] { return objective_.loss(batch, position); });
    backward(phase.loss_scale.scaled(loss.sum));
    sums.add(loss, phase.parts);
    carry = std::move(loss.carry);
    for (Tensor& state : carry) state = state.detach();
  }
  const NoGrad scope;
  if (!sums.objective.defined()) sums.objective = sums.reported = Tensor::scalar(0);
  Tensors values{cast(sums.reported, DType::f64), cast(sums.objective, DType::f64)};
  for (const Tensor& part : sums.others) values.push_back(cast(part, DType::f64));
  if (job_.communicator->size() > 1) {
    // A rank whose data has ended has no loss, and may never have had one.
    const auto count = static_cast<std::size_t>(job_.communicator->agree(static_cast<std::int64_t>(values.size())));
    while (values.size() < count) values.push_back(Tensor::scalar(0, DType::f64));
    Tensor stacked = stack(values, 0);
    all_reduce(phase, stacked);
    values = unbind(stacked, 0);
  }

  Tensors gradients;
  for (const NamedParameter& one : phase.trained()) gradients.push_back(one.parameter.value().grad());
  const Tensor inverse = select(inputs[kScale], 0, 0), decay = select(inputs[kScale], 0, 1);
  const UpdateScale made =
      update_scale({values[0], values[1], squared_norm(gradients), inverse, phase.loss_scale.factor()},
                   phase.phase.options.clip_norm);
  const Tensors rates = unbind(inputs[kRates], 0);
  in_plugin("step()", *phase.optimizer, [&] { phase.optimizer->step(rates, made.scale); });
  if (mean_.on()) mean_.update(decay, made.flaw);
  phase.loss_scale.update(made.flaw);
  Tensors read{made.report};
  if (phase.loss_scale.on()) read.push_back(reshape(phase.loss_scale.factor(), {1}));
  for (std::size_t i = 2; i < values.size(); ++i) read.push_back(reshape(values[i], {1}));
  Tensors out{read.size() == 1 ? read[0] : concat(read, 0)};
  out.insert(out.end(), carry.begin(), carry.end());
  return out;
}

void LoopRun::fail_diverged(std::int64_t update, const std::string& what) const {
  const auto latest = job_.folder->latest();
  observer_.end({"diverged", progress_.present_epoch(), progress_.update, elapsed(), {}});
  throw Error("E_DIVERGED", "update " + std::to_string(update),
              what + "; " +
                  (latest ? "the last good checkpoint is " + job_.folder->checkpoint(*latest)
                          : "no checkpoint was saved before"),
              "lower the learning rate, warm up longer or set train.clip_norm");
}

// Gradients beyond f16, with a factor of the loss that can still be lowered: the update has changed nothing.
bool LoopRun::skipped(double norm, double factor) {
  if (std::isfinite(norm) || factor < 1) return false;
  observer_.message(Severity::info,
                    "update " + std::to_string(progress_.update + 1) +
                        ": a gradient is beyond f16, nothing is changed; the loss is now multiplied by " +
                        std::to_string(static_cast<std::int64_t>(factor)));
  return true;
}

void LoopRun::update() {
  context().training = true;
  const std::size_t position = phase_of(progress_.update + 1);
  PhaseState& phase = *phases_[position];
  const double rate = phase.rate({progress_.update + 1, epochs_done(), share_done()});
  Gathered gathered;
  if (!gather(position, gathered)) throw Error("E_INTERNAL", "[trainer]", "the data ended before the limit");
  const Tensors inputs = step_inputs(phase, gathered, rate);
  columns_ = std::move(gathered.batches);
  Tensors outputs = [&] {
    const Turn turn(phases_, phase);
    return phase.step(inputs);
  }();
  const std::vector<double> read = outputs[0].to_doubles();  // the one place that waits for the device
  phase.carry.assign(outputs.begin() + 1, outputs.end());

  const std::size_t parts = phase.loss_scale.on() ? 4 : 3;  // where the parts of the loss begin
  const double loss = read[0] / gathered.weight, norm = read[2] / gathered.weight;
  const bool finite = std::isfinite(loss) && std::isfinite(read[1]);
  if (finite && phase.loss_scale.on() && skipped(norm, read[3])) {
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
  PhaseWindow& window = phase.window;
  ++window.updates;
  window.loss += read[0];
  window.weight += gathered.weight;
  window.norm += norm;
  window.parts.resize(phase.parts.size());
  for (std::size_t i = 0; i < phase.parts.size(); ++i) window.parts[i] += read[parts + i];
  window_tokens_ += gathered.tokens;
  if (progress_.update % options_.report_every == 0) report(rate);
}

}  // namespace strata::detail
