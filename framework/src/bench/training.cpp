// A whole training step: loss, gradients, clipping where it is asked for, the optimizer.
#include "bench/training.hpp"

#include <span>

#include "ops/replayed_step.hpp"
#include "ops/update_scale.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/model/model.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/update.hpp"
#include "strata/tensor/context.hpp"
#include "strata/train/optimizer.hpp"

namespace strata::detail {
namespace {

void forget_gradients(const std::vector<NamedParameter>& parameters) {
  for (const NamedParameter& one : parameters) one.parameter.value().set_grad({});
}

}  // namespace

Job make_training(const JobSetting& setting, const Training& training, const Batch& batch) {
  const std::shared_ptr<Model> model = setting.registry.make<Model>(training.model, {training.sizes});
  model->materialise(1);
  const std::vector<NamedParameter> parameters = model->parameters();
  const std::shared_ptr<Optimizer> optimizer =
      setting.registry.make<Optimizer>(Config(training.optimizer), Optimizer::Facts::of(parameters));
  const TensorBatch tensors = to_tensors(batch);
  const Tensor rate = Tensor::scalar(1e-3), inverse = Tensor::scalar(1 / model->weight(batch), DType::f64);
  const auto step = std::make_shared<ReplayedStep>(
      [=](const Tensors& in) -> Tensors {
        const std::span<const Tensor> all(in);
        const Loss loss = model->loss(tensors.with(all.subspan(2)), {training.label_smoothing});
        backward(loss.sum);
        const NoGrad scope;
        Tensor scale = in[1];
        if (training.clip > 0) {
          Tensors gradients;
          for (const NamedParameter& one : parameters) gradients.push_back(one.parameter.value().grad());
          scale = update_scale({loss.sum, loss.sum, squared_norm(gradients), scale}, training.clip).scale;
        }
        optimizer->step(all.first(1), scale);
        forget_gradients(parameters);
        return {loss.sum.detach()};
      },
      true, nullptr);
  Job job;
  job.step = [step, tensors, rate, inverse] {
    Tensors inputs{rate, inverse};
    for (const Tensor& value : tensors.values()) inputs.push_back(value);
    (void)(*step)(inputs);
  };
  for (const NamedParameter& one :
       parameters) {  // gradient written and read twice, parameter and two moments read and written
    job.memory_bytes += static_cast<double>(one.parameter.shape().numel()) * 4 * 9;
  }
  job.items = static_cast<double>(batch.tokens);
  job.unit = "token";
  return job;
}

}  // namespace strata::detail
