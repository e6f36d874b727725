// The jobs: the shapes that the peers' scripts time, so that both can be run in turn.
#include "bench/jobs.hpp"

#include "strata/autograd/backward.hpp"
#include "strata/autograd/context.hpp"
#include "strata/core/json.hpp"
#include "strata/core/rng.hpp"
#include "strata/model/model.hpp"
#include "strata/nn/recurrent_stack.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/update.hpp"
#include "strata/text/vocabulary.hpp"
#include "strata/train/optimizer.hpp"

namespace strata::detail {
namespace {

constexpr std::int64_t kBatch = 64;

Tensor random_tensor(const Shape& shape, const char* name) {
  Rng random(1, name);
  std::vector<float> values(static_cast<std::size_t>(shape.numel()));
  for (float& value : values) value = static_cast<float>(random.normal());
  return Tensor::from(values, shape);
}

void forget_gradients(const std::vector<NamedParameter>& parameters) {
  for (const NamedParameter& one : parameters) one.parameter.value().set_grad({});
}

// Two layers of width 512 over 25 steps, forward and backward, all gradients, the input's included.
Job make_stack(Registry& registry, const char* cell, double gates) {
  constexpr std::int64_t kTime = 25, kWidth = 512, kLayers = 2;
  RecurrentOptions options =
      parse_options<RecurrentOptions>(Config::object({{"cell", cell}, {"layers", kLayers}}), &registry);
  const auto stack = std::make_shared<RecurrentStack>(options, kWidth);
  stack->materialise(1);
  Tensor x = random_tensor({kBatch, kTime, kWidth}, "bench/x");
  x.require_grad();
  Job job;
  job.step = [stack, x] {
    forget_gradients(stack->parameters());
    x.set_grad({});
    backward(sum((*stack)(x, {}).outputs));
  };
  job.flops = 3.0 * kLayers * 2 * kBatch * kTime * gates * kWidth * 2 * kWidth;
  job.items = kBatch * kTime;
  job.unit = "token";
  return job;
}

Batch random_batch(std::int64_t time, std::int64_t vocabulary) {
  Rng random(1, "bench/batch");
  Batch batch;
  batch.size = kBatch;
  batch.source_time = batch.target_time = time;
  const auto id = [&] {
    return static_cast<std::int32_t>(kSpecials + random.below(static_cast<std::uint64_t>(vocabulary - kSpecials)));
  };
  for (std::int64_t i = 0; i < kBatch * time; ++i) {
    batch.source.push_back(id());
    batch.target_in.push_back(id());
    batch.target_out.push_back(id());
  }
  batch.source_lengths.assign(kBatch, static_cast<std::int32_t>(time));
  batch.target_lengths.assign(kBatch, static_cast<std::int32_t>(time));
  return batch;
}

}  // namespace

Job make_lstm(Registry& registry) { return make_stack(registry, "lstm", 4); }
Job make_gru(Registry& registry) { return make_stack(registry, "gru", 3); }

// A whole training step: loss, gradients, clipping, Adam.
Job make_seq2seq(Registry& registry) {
  constexpr std::int64_t kTime = 15, kVocabulary = 8000, kEmbedding = 256, kHidden = 512;
  const Config spec = parse_json(
      R"({"type": "seq2seq", "embedding": 256, "dropout": 0, "encoder": {"hidden": 512, "bidirectional": true},
          "decoder": {"hidden": 512, "attention": "additive"}})",
      "bench");
  const std::shared_ptr<Model> model = registry.make<Model>(spec, {kVocabulary, kVocabulary});
  model->materialise(1);
  const std::vector<NamedParameter> parameters = model->parameters();
  const std::shared_ptr<Optimizer> optimizer = registry.make<Optimizer>(Config("adam"), {parameters});
  const TensorBatch batch = to_tensors(random_batch(kTime, kVocabulary));
  const Tensor rate = Tensor::scalar(1e-3);
  Job job;
  job.step = [=] {
    const Loss loss = model->loss(batch, {});
    backward(loss.sum);
    Tensors gradients;
    for (const NamedParameter& one : parameters) gradients.push_back(one.parameter.value().grad());
    const double weight = loss.weight;
    const Tensor clip = clip_factor(affine(squared_norm(gradients), 1 / (weight * weight), 0), 1.0);
    optimizer->step(rate, affine(clip, 1 / weight, 0));
    forget_gradients(parameters);
  };
  constexpr double kTokens = static_cast<double>(kBatch * kTime);
  const double encoder =
      2 * (2 * kTokens * 4 * (kHidden / 2) * (kEmbedding + kHidden / 2)) + 2 * kTokens * kHidden * kHidden;
  const double decoder = 2 * kTokens *
                         (4.0 * kHidden * (kEmbedding + 2 * kHidden) + kHidden * kHidden +
                          (2.0 * kHidden + kEmbedding) * kEmbedding + static_cast<double>(kEmbedding * kVocabulary));
  job.flops = 3 * (encoder + decoder);
  for (const NamedParameter& one :
       parameters) {  // gradient written and read twice, parameter and two moments read and written
    job.update_bytes += static_cast<double>(one.parameter.shape().numel()) * 4 * 9;
  }
  job.items = kTokens;
  job.unit = "token";
  return job;
}

const std::vector<JobKind>& job_kinds() {
  static const std::vector<JobKind> kinds = {
      {"lstm", "LSTM 2 x 512, batch 64, 25 steps: forward and backward", make_lstm},
      {"gru", "GRU 2 x 512, batch 64, 25 steps: forward and backward", make_gru},
      {"seq2seq",
       "training step of an encoder-decoder with additive attention: batch 64, 15 + 15 tokens, vocabulary "
       "8,000, embedding 256, hidden 512, Adam",
       make_seq2seq},
  };
  return kinds;
}

}  // namespace strata::detail
