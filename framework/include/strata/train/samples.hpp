// Samples: what a model writes during training, for a person to read.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace strata {

// The option `samples` of a training loop.
struct SampleOptions {
  std::vector<std::string> prompts = {};
  std::int64_t count = 0, length = 64;
  double temperature = 1;
  std::int64_t top_k = 0;

  void visit(auto& option) {
    option("prompts", prompts,
           "texts that the model goes on with, or translates (left out: the empty text, or the first source texts of "
           "the validation split)");
    option("count", count, "number of samples, which take the prompts in turn (0: one for each prompt)")
        .range(0, 1 << 10);
    option("length", length, "largest number of tokens of a sample").range(1, 1 << 20);
    option("temperature", temperature,
           "divisor of the logits of a language model (0: always the most probable token); translations are searched "
           "for as `decode` says")
        .range(0, 100);
    option("top_k", top_k, "number of most probable tokens from which a language model draws (0: all)")
        .range(0, 1 << 20);
  }

  // The number of samples; 0: none.
  std::int64_t number() const { return count > 0 ? count : static_cast<std::int64_t>(prompts.size()); }
};

// A function that writes an output of at most options.length tokens for each input: a text that goes on with it, or its
// translation. The outputs depend on the model, the options and the inputs alone. It is called without recording and
// not in training mode.
using WriteSamples =
    std::function<std::vector<std::string>(const SampleOptions& options, const std::vector<std::string>& inputs)>;

}  // namespace strata
