// Training steps of language models, decoder-only and recurrent.
#include "bench/training.hpp"
#include "strata/core/json.hpp"
#include "strata/core/rng.hpp"

namespace strata::detail {
namespace {

// Random texts of one length, and the token after each.
Batch random_texts(std::int64_t size, std::int64_t time, std::int64_t vocabulary) {
  Rng random(1, "bench/texts");
  const auto ids = [&] {
    std::vector<std::int32_t> all;
    for (std::int64_t i = 0; i < size * time; ++i) {
      all.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(vocabulary))));
    }
    return all;
  };
  Batch batch;
  batch.size = size;
  batch.tokens = size * time;
  batch.columns = {{"tokens", {size, time}, ids(), {}}, {"targets", {size, time}, ids(), {}}};
  return batch;
}

struct DecoderSize {
  double width, layers, heads_width, kv_width, hidden, products, vocabulary;  // products: of a feed-forward network
};

// Multiply-adds of the matrix products and of attention, forward and backward, as the peers' script counts them.
double decoder_flops(double tokens, double time, const DecoderSize& shape) {
  const double attention = shape.width * (2 * shape.heads_width + 2 * shape.kv_width);
  const double matrices =
      shape.layers * (attention + shape.products * shape.width * shape.hidden) + shape.width * shape.vocabulary;
  return 3 * (2 * tokens * matrices + 4 * tokens * time * shape.width * shape.layers);
}

Job make_decoder(const JobSetting& setting, const char* model, std::int64_t size, std::int64_t time, double clip,
                 const DecoderSize& shape) {
  const auto vocabulary = static_cast<std::int64_t>(shape.vocabulary);
  Sizes sizes;
  sizes.put("tokens", {vocabulary});
  Job job = make_training(setting, {parse_json(model, "bench"), sizes, 0, clip, "adamw"},
                          random_texts(size, time, vocabulary));
  job.flops = decoder_flops(job.items, static_cast<double>(time), shape);
  return job;
}

struct Layer {
  double input, hidden;  // of an LSTM
};

// An LSTM language model: its layers, then a product with the embedding of `width`.
Job make_recurrent(const JobSetting& setting, const char* model, std::int64_t size, std::int64_t time,
                   const char* optimizer, const std::vector<Layer>& layers, double width) {
  constexpr std::int64_t kVocabulary = 10000;
  Sizes sizes;
  sizes.put("tokens", {kVocabulary});
  Job job = make_training(setting, {parse_json(model, "bench"), sizes, 0, 0.25, optimizer},
                          random_texts(size, time, kVocabulary));
  double matrices = width * kVocabulary;
  for (const Layer& layer : layers) matrices += 4 * layer.hidden * (layer.input + layer.hidden);
  job.flops = 3 * 2 * job.items * matrices;
  return job;
}

}  // namespace

std::vector<Job> make_lm(const JobSetting& setting) {
  return {make_recurrent(setting,
                         R"({"type": "lm", "embedding": 650, "hidden": 650, "layers": 2, "variational": false,
                             "input_dropout": 0.5, "hidden_dropout": 0.5, "output_dropout": 0.5})",
                         20, 35, "sgd", {{650, 650}, {650, 650}}, 650)};
}

std::vector<Job> make_awd_lm(const JobSetting& setting) {
  return {make_recurrent(setting, R"({"type": "awd_lstm"})", 40, 70, "adam", {{400, 1150}, {1150, 1150}, {1150, 400}},
                         400)};
}

std::vector<Job> make_gpt2_train(const JobSetting& setting) {
  return {make_decoder(setting, R"({"type": "gpt", "dropout": 0})", 4, 128, 0, {768, 12, 768, 768, 3072, 2, 50257})};
}

std::vector<Job> make_llama_train(const JobSetting& setting) {
  return {make_decoder(setting,
                       R"({"type": "llama", "width": 768, "layers": 12, "heads": 12, "kv_heads": 4, "hidden": 2048,
                           "context": 1024, "tie": true})",
                       4, 128, 0, {768, 12, 768, 256, 2048, 3, 32000})};
}

std::vector<Job> make_char_gpt_train(const JobSetting& setting) {
  return {make_decoder(setting,
                       R"({"type": "gpt", "width": 384, "layers": 6, "heads": 6, "context": 256, "dropout": 0.2})", 16,
                       256, 1, {384, 6, 384, 384, 1536, 2, 65})};
}

}  // namespace strata::detail
