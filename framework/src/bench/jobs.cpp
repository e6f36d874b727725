// The jobs: the shapes that the peers' scripts time, so that both can be run in turn.
#include "bench/jobs.hpp"

#include <span>

#include "bench/training.hpp"
#include "ops/replayed_step.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/core/json.hpp"
#include "strata/core/rng.hpp"
#include "strata/data/corpus.hpp"
#include "strata/nn/recurrent_stack.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata::detail {
namespace {

Tensor random_tensor(const Shape& shape, const char* name) {
  Rng random(1, name);
  std::vector<float> values(static_cast<std::size_t>(shape.numel()));
  for (float& value : values) value = static_cast<float>(random.normal());
  return Tensor::from(values, shape);
}

// Two layers of width 512 over 25 steps, forward and backward, all gradients, the input's included.
Job make_stack(const JobSetting& setting, const char* cell, double gates) {
  constexpr std::int64_t kTime = 25, kWidth = 512, kLayers = 2;
  RecurrentOptions options =
      parse_options<RecurrentOptions>(Config::object({{"cell", cell}, {"layers", kLayers}}), &setting.registry);
  const auto stack = std::make_shared<RecurrentStack>(options, kWidth);
  stack->materialise(1);
  Tensor x = random_tensor({setting.batch, kTime, kWidth}, "bench/x");
  x.require_grad();
  const auto step = std::make_shared<ReplayedStep>(
      [stack, x](const Tensors&) -> Tensors {
        for (const NamedParameter& one : stack->parameters()) one.parameter.value().set_grad({});
        x.set_grad({});
        const Tensor total = sum((*stack)(x, {}).outputs);
        backward(total);
        return {total.detach()};
      },
      true, nullptr);
  Job job;
  job.step = [step] { (void)(*step)({}); };
  job.flops = 3.0 * kLayers * 2 * static_cast<double>(setting.batch * kTime) * gates * kWidth * 2 * kWidth;
  job.items = static_cast<double>(setting.batch * kTime);
  job.unit = "token";
  return job;
}

}  // namespace

Batch random_batch(std::int64_t size, std::int64_t time, std::int64_t vocabulary) {
  Rng random(1, "bench/batch");
  std::vector<std::int32_t> ids;
  for (std::int64_t i = 0; i < 2 * size * (time - 1); ++i) {
    ids.push_back(
        static_cast<std::int32_t>(kSpecials + random.below(static_cast<std::uint64_t>(vocabulary - kSpecials))));
  }
  const auto row = static_cast<std::size_t>(time - 1);
  std::vector<EncodedPair> pairs;
  for (std::size_t i = 0; i < static_cast<std::size_t>(size); ++i) {
    const std::span<const std::int32_t> pair(ids.data() + 2 * i * row, 2 * row);
    pairs.push_back({pair.first(row), pair.last(row), static_cast<std::int64_t>(i)});
  }
  return make_pair_batch(pairs);
}

std::vector<Job> make_lstm(const JobSetting& setting) { return {make_stack(setting, "lstm", 4)}; }
std::vector<Job> make_gru(const JobSetting& setting) { return {make_stack(setting, "gru", 3)}; }

namespace {

// As many layers on each side, feed-forward networks of 4 widths; multiply-adds of the matrix products and of
// attention.
double transformer_flops(double tokens, double layers, double width, double time, double vocabulary) {
  const double attention = 4 * tokens * time * width, projections = 2 * tokens * 4 * width * width;
  const double layer = projections + attention + 2 * tokens * 8 * width * width;
  return 3 * (layers * (2 * layer + projections + attention) + 2 * tokens * width * vocabulary);
}

// Three layers a side, dropout 0.1 wherever the peer's has it.
Job make_transformer(const JobSetting& setting, std::int64_t width, std::int64_t heads, std::int64_t time) {
  constexpr std::int64_t kVocabulary = 8000;
  const auto settings = [](const char* type, std::int64_t number, const char* name) {
    return Config::object({{"type", type}, {name, number}, {"dropout", 0.1}});
  };
  const Config layers = Config::object({{"layers", 3}});
  const Config block = Config::object({{"type", "transformer"},
                                       {"dropout", 0.1},
                                       {"attention", settings("sdpa", heads, "heads")},
                                       {"feed_forward", settings("feed_forward", 4 * width, "hidden")}});
  const Config model = Config::object({{"type", "transformer"},
                                       {"width", width},
                                       {"dropout", 0},
                                       {"encoder", layers},
                                       {"decoder", layers},
                                       {"block", block}});
  Job job = make_training(setting, {model, pair_sizes(kVocabulary, kVocabulary), 0.1, 0},
                          random_batch(setting.batch, time, kVocabulary));
  job.flops = transformer_flops(job.items, 3, static_cast<double>(width), static_cast<double>(time),
                                static_cast<double>(kVocabulary));
  return job;
}

}  // namespace

std::vector<Job> make_seq2seq(const JobSetting& setting) {
  constexpr std::int64_t kTime = 15, kVocabulary = 8000;
  constexpr double kEmbedding = 256, kHidden = 512, kWords = kVocabulary;
  const Config model = parse_json(R"({"type": "seq2seq", "embedding": 256, "dropout": 0,
                                      "encoder": {"hidden": 512, "bidirectional": true},
                                      "decoder": {"hidden": 512, "attention": "additive"}})",
                                  "bench");
  Job job = make_training(setting, {model, pair_sizes(kVocabulary, kVocabulary), 0, 1},
                          random_batch(setting.batch, kTime, kVocabulary));
  const double tokens = static_cast<double>(setting.batch * kTime);
  const double encoder =
      2 * (2 * tokens * 4 * (kHidden / 2) * (kEmbedding + kHidden / 2)) + 2 * tokens * kHidden * kHidden;
  const double decoder = 2 * tokens *
                         (4 * kHidden * (kEmbedding + 2 * kHidden) + kHidden * kHidden +
                          (2 * kHidden + kEmbedding) * kEmbedding + kEmbedding * kWords);
  job.flops = 3 * (encoder + decoder);
  return {job};
}

std::vector<Job> make_transformer_tiny(const JobSetting& setting) { return {make_transformer(setting, 256, 4, 16)}; }
std::vector<Job> make_transformer_mid(const JobSetting& setting) { return {make_transformer(setting, 512, 8, 25)}; }

const std::vector<JobKind>& job_kinds() {
  static const std::vector<JobKind> kinds = {
      {"lstm", "two LSTM layers of width 512, 25 steps: forward and backward", make_lstm},
      {"gru", "two GRU layers of width 512, 25 steps: forward and backward", make_gru},
      {"seq2seq",
       "training step of an encoder-decoder with additive attention: 15 + 15 tokens, vocabulary "
       "8,000, embedding 256, hidden 512, Adam",
       make_seq2seq},
      {"transformer-tiny",
       "training step of a Transformer: 3 + 3 layers of width 256, 4 heads, 16 + 16 tokens, vocabulary "
       "8,000, "
       "dropout 0.1, Adam",
       make_transformer_tiny},
      {"transformer-mid",
       "training step of a Transformer as transformer-tiny, but of width 512, with 8 heads and 25 + 25 tokens",
       make_transformer_mid},
      {"lm",
       "training step of an LSTM language model: 2 layers of width 650, 20 lanes of 35 tokens, vocabulary 10,000, "
       "dropout 0.5, SGD",
       make_lm},
      {"awd-lm",
       "training step of an AWD-LSTM: widths 400, 1,150, 1,150, 400, 40 lanes of 70 tokens, vocabulary 10,000, Adam",
       make_awd_lm},
      {"gpt2-train",
       "training step of GPT-2's smallest size, 124 million parameters: 4 texts of 128 tokens, vocabulary 50,257, "
       "AdamW",
       make_gpt2_train},
      {"llama-train",
       "training step of Llama's form with 100 million parameters: 12 layers of width 768, 4 heads of keys, 4 texts of "
       "128 tokens, vocabulary 32,000, AdamW",
       make_llama_train},
      {"char-gpt-train",
       "training step of a GPT over characters: 6 layers of width 384, 16 texts of 256 tokens, vocabulary 65, dropout "
       "0.2, AdamW",
       make_char_gpt_train},
      {"transformer-decode",
       "translation with 6 + 6 layers of width 512, vocabulary 32,000, random weights: 20 source tokens, 25 written",
       make_transformer_decode, make_transformer_decode_int8},
  };
  return kinds;
}

}  // namespace strata::detail
