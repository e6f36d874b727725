// TextWriter: goes on with prompts, as a language model does. `strata generate` uses it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "strata/core/export.hpp"
#include "strata/core/options.hpp"
#include "strata/data/feed.hpp"
#include "strata/decode/sampler.hpp"
#include "strata/model/capabilities.hpp"
#include "strata/plugin/slot.hpp"
#include "strata/run/context_policy.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata {

class Model;
struct Hypothesis;
namespace detail {
class ContextDecoder;
}

// The options of a TextWriter.
struct STRATA_API GenerateOptions {
  std::int64_t max_tokens = 128, n = 1, seed = 1, batch_size = 16;
  std::vector<std::string> stop;
  double temperature = 0;
  std::int64_t top_k = 0;
  double top_p = 1, min_p = 0, repetition_penalty = 1;
  std::vector<Slot<Sampler>> samplers;
  ContextPolicy context_policy = ContextPolicy::error;  // for what is longer than the context of the model

  void visit(auto& option) {
    option("max_tokens", max_tokens, "largest number of tokens of an output").range(1, 1 << 24);
    option("n", n, "number of outputs for each prompt; more than one needs a temperature above 0").range(1, 1024);
    option("stop", stop, "texts at which an output ends; they are no part of it");
    option("seed", seed, "seed of the samples").min(0);
    option("temperature", temperature, "number by which logits are divided (0: always the most probable token)").min(0);
    option("top_k", top_k, "number of most probable tokens that may be drawn (0: all)").min(0);
    option("top_p", top_p, "probability mass of the most probable tokens that may be drawn (1: all)").above(0).max(1);
    option("min_p", min_p, "least probability of a token that may be drawn, relative to the largest (0: all)")
        .min(0)
        .max(1);
    option("repetition_penalty", repetition_penalty,
           "penalty of tokens that the prompt or the output has already (1: none)")
        .above(0);
    option("samplers", samplers, "further samplers, applied in this order after the options above");
    option("batch_size", batch_size, "largest number of prompts that are read together").range(1, 4096);
    context_policy_option(
        option, context_policy,
        "treatment of what is longer than the context of the model: error (a longer prompt is one, and "
        "an output ends where the context is full), or drop_oldest (the oldest tokens of the prompt are "
        "left out; an output goes on after the newest half of the context, which is read anew)");
  }
};

// The reason for which an output ends: an end token or a stop text; or the largest number of tokens or a full context.
enum class FinishReason { stop, length };

// One output of a prompt.
struct Generation {
  std::string text;                                   // text without the prompt, up to a stop text
  std::vector<std::int32_t> ids;                      // ids of the text, without an end token
  FinishReason finish_reason = FinishReason::length;  // what ended it
};

// Writes with a model that continues its input (Generator::continues_input). The model must outlive it. Use it from one
// thread only.
class STRATA_API TextWriter {
 public:
  // Throws E_MODEL_CAPABILITY when the model does not write or writes translations, and E_CONFIG_RANGE when options do
  // not go together.
  TextWriter(Model& model, std::shared_ptr<const Feed> feed, const Tokenizers& tokenizers,
             const GenerateOptions& options);
  ~TextWriter();

  // Returns n outputs for each prompt, in order. numbers: the number of each prompt, which samples depend on, as they
  // do on nothing else but the seed; empty: 0, 1, 2, ... Throws E_DATA_LONG at "line NUMBER + 1" for a prompt with more
  // tokens than the context of the model (both numbers), unless context_policy is drop_oldest.
  std::vector<std::vector<Generation>> generate(std::span<const std::string> prompts,
                                                std::span<const std::int64_t> numbers = {});
  // The same with a call of `each` for the outputs of each prompt. What it throws comes after the calls for the prompts
  // before the one that is too long.
  using Each = std::function<void(std::vector<Generation> outputs)>;
  void generate(std::span<const std::string> prompts, std::span<const std::int64_t> numbers, const Each& each);

  // Lines about all calls so far: what was left out of prompts, and outputs that came to the end of the context.
  std::vector<std::string> warnings() const;

 private:
  std::vector<Generation> outputs_of(const std::vector<Hypothesis>& found) const;

  Generator& generator_;
  std::shared_ptr<const Feed> feed_;  // makes batches of prompts
  Tokenizers tokenizers_;
  GenerateOptions options_;
  std::unique_ptr<detail::ContextDecoder> decoder_;
};

// Returns {"text": ..., "ids": [...], "finish_reason": "stop"}.
STRATA_API Config to_config(const Generation& generation);

}  // namespace strata
