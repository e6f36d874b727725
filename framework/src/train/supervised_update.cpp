// One update of SupervisedRun: gather gradients, reduce, check, clip, step.
#include <cmath>
#include <string>

#include "strata/autograd/backward.hpp"
#include "strata/autograd/context.hpp"
#include "strata/core/error.hpp"
#include "strata/core/philox.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/update.hpp"
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

void SupervisedRun::add_batch(const Batch& batch, std::int64_t micro, Sums& sums) {
  const std::int64_t update = progress_.update + 1;
  const std::string stream = std::to_string(micro) + "/" + std::to_string(job_.communicator->rank());
  const auto step = static_cast<std::int64_t>(hash64(static_cast<std::uint64_t>(update), stream));
  context().random_step = Tensor::from(std::vector<std::int64_t>{step}, {});
  const Loss loss = job_.model->loss(to_tensors(batch), {options_.label_smoothing});
  backward(loss.sum);
  add_to(sums.loss, loss.sum);
  add_to(sums.reported, reported_part(loss));
  sums.weight += loss.weight;
  sums.sentences += static_cast<double>(batch.size);
  sums.tokens += static_cast<double>(batch.target_tokens());
}

// Draws the micro-batches of all ranks and works on this rank's own. False when the data are at their end.
bool SupervisedRun::gather(Sums& sums) {
  const int ranks = job_.communicator->size();
  bool any = false;
  for (std::int64_t micro = 0; micro < options_.accumulate; ++micro) {
    for (int rank = 0; rank < ranks; ++rank) {
      const std::optional<Batch> batch = batches_->next();
      if (!batch) return any;
      any = true;
      progress_.epoch = batch->last ? batch->epoch + 1 : batch->epoch;
      progress_.position = batch->last ? 0 : batch->position + 1;
      if (rank == job_.communicator->rank()) add_batch(*batch, micro, sums);
    }
  }
  return any;
}

void SupervisedRun::reduce(Sums& sums) {
  if (job_.communicator->size() == 1) return;
  for (const NamedParameter& one : parameters_) {
    const Tensor& value = one.parameter.value();
    // Every rank takes part in every sum, also where its own batch touched nothing.
    if (!value.grad().defined()) value.set_grad(Tensor::zeros(value.shape(), value.dtype(), value.device()));
    job_.communicator->all_reduce(value.grad());
  }
  const auto read = [](const Tensor& tensor) { return tensor.defined() ? tensor.item() : 0.0; };
  const Tensor counts = Tensor::from(
      std::vector<double>{read(sums.loss), read(sums.reported), sums.weight, sums.sentences, sums.tokens}, {5});
  job_.communicator->all_reduce(counts);
  const std::vector<double> all = counts.to_doubles();
  sums = {Tensor::scalar(all[0]), Tensor::scalar(all[1]), all[2], all[3], all[4]};
}

double SupervisedRun::gradient_norm() const {
  Tensors gradients;
  for (const NamedParameter& one : parameters_) gradients.push_back(one.parameter.value().grad());
  return std::sqrt(squared_norm(gradients).item());
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

void SupervisedRun::update() {
  context().training = true;
  const Schedule::Position position{progress_.update + 1, epochs_done(), share_done()};
  const double rate = optimizer_->learning_rate() * schedule_->factor(position);
  Sums sums;
  if (!gather(sums)) throw Error("E_INTERNAL", "[trainer]", "the data ended before the limit");
  reduce(sums);

  const double loss = sums.reported.item() / sums.weight, norm = gradient_norm() / sums.weight;
  if (!std::isfinite(loss) || !std::isfinite(sums.loss.item()) || !std::isfinite(norm)) {
    fail_diverged(progress_.update + 1, "loss " + std::to_string(loss) + ", gradient norm " + std::to_string(norm) +
                                            ", learning rate " + std::to_string(rate));
  }
  double scale = 1 / sums.weight;
  if (options_.clip_norm > 0 && norm > options_.clip_norm) scale *= options_.clip_norm / norm;
  optimizer_->step(Tensor::scalar(rate), Tensor::scalar(scale));
  for (const NamedParameter& one : parameters_) one.parameter.value().set_grad({});

  ++progress_.update;
  mean_.update(progress_.update);
  progress_.sentences += static_cast<std::int64_t>(sums.sentences);
  progress_.target_tokens += static_cast<std::int64_t>(sums.tokens);
  ++window_.updates;
  window_.loss += loss * sums.weight;
  window_.weight += sums.weight;
  window_.norm += norm;
  window_.tokens += sums.tokens;
  if (progress_.update % options_.report_every == 0) report(rate);
}

}  // namespace strata::detail
