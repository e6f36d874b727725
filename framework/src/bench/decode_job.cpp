// The decoding job: the base-size Transformer of the peer's script, at three batches.
#include "bench/jobs.hpp"
#include "strata/core/json.hpp"
#include "strata/decode/search.hpp"
#include "strata/model/model.hpp"
#include "strata/nn/quantize.hpp"
#include "strata/tensor/context.hpp"

namespace strata::detail {
namespace {

constexpr std::int64_t kSource = 20, kTarget = 25, kVocabulary = 32000;
constexpr double kLayers = 6, kWidth = 512;

Job make_search(const std::shared_ptr<Model>& model, double weight_bytes, std::int64_t batch, std::int64_t beam) {
  const TensorBatch source = to_tensors(random_batch(batch, kSource, kVocabulary));
  DecodeOptions options;
  options.beam_size = beam;
  options.max_length_ratio = 0;
  options.min_length = options.max_length = kTarget;
  options.allow_unknown = true;
  Job job;
  job.step = [=] { (void)decode(require<Generator>(*model, "Generator", "bench"), source, options); };
  // Weights of a decoder step: self-attention 4 C^2, queries and output of the other 2, feed-forward 8, output layer.
  const double step = kLayers * 14 * kWidth * kWidth + kWidth * static_cast<double>(kVocabulary);
  const double source_weights = kLayers * (12 + 2) * kWidth * kWidth;  // the encoder, and keys and values of its states
  const double tokens = static_cast<double>(batch * kTarget), rows = tokens * static_cast<double>(beam);
  job.flops = 2 * (rows * step + static_cast<double>(batch * kSource) * source_weights);
  job.memory_bytes = (static_cast<double>(kTarget) * step + source_weights) * weight_bytes;
  job.items = tokens;
  job.unit = "token";
  job.batch = batch;
  job.beam = beam;
  return job;
}

std::shared_ptr<Model> make_model(Registry& registry) {
  const Config spec = parse_json(R"({"type": "transformer", "width": 512, "tie": "all", "block":
      {"type": "transformer", "norm_first": true, "attention": {"type": "sdpa", "heads": 8}}})",
                                 "bench");
  std::shared_ptr<Model> model = registry.make<Model>(spec, {pair_sizes(kVocabulary, kVocabulary)});
  model->materialise(1);
  return model;
}

std::vector<Job> make_searches(const std::shared_ptr<Model>& model, std::size_t weight_bytes) {
  const auto bytes = static_cast<double>(weight_bytes);
  return {make_search(model, bytes, 32, 4), make_search(model, bytes, 1, 1), make_search(model, bytes, 1, 4)};
}

}  // namespace

std::vector<Job> make_transformer_decode(const JobSetting& setting) {
  return make_searches(make_model(setting.registry), size_of(context().compute));
}

std::vector<Job> make_transformer_decode_int8(const JobSetting& setting) {
  const std::shared_ptr<Model> model = make_model(setting.registry);
  (void)quantize(*model);
  return make_searches(model, size_of(DType::i8));
}

}  // namespace strata::detail
