// ContextDecoder: outputs for prompts of a model that has a longest context.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "strata/data/batch.hpp"
#include "strata/decode/search.hpp"
#include "strata/run/context_policy.hpp"

namespace strata::detail {

class ContextDecoder {
 public:
  // search: samples; its max_length is the largest number of tokens of an output.
  ContextDecoder(Generator& generator, DecodeOptions search, ContextPolicy policy);

  // Returns the number of prompts before the first that is too long and would be an error.
  std::int64_t fitting(const Batch& batch) const;
  // Throws the error of the prompt in this row.
  [[noreturn]] void refuse(const Batch& batch, std::int64_t row) const;

  // Returns the outputs for each prompt, the best first; samples depend on Batch::indices and the seed alone. An output
  // that reaches the end of the context ends there, or it goes on after the newest half of the context
  // (ContextPolicy::drop_oldest).
  std::vector<std::vector<Hypothesis>> decode(const Batch& batch);

  // What was left out of prompts, and outputs that reached the end of the context, a line each.
  std::vector<std::string> warnings() const;

 private:
  using Rows = std::vector<std::vector<std::int32_t>>;
  // An output for which the context is full.
  struct Full {
    Hypothesis* output;
    const std::vector<std::int32_t>* prompt;
    std::int64_t number;  // that its samples depend on
  };
  bool full(const Hypothesis& one, std::size_t read, std::size_t written) const;
  // Goes on with outputs, and returns those for which the context is full again.
  std::vector<Full> go_on(const std::vector<Full>& outputs, std::int64_t round);

  Generator& generator_;
  DecodeOptions search_;
  ContextPolicy policy_;
  std::int64_t context_;                 // 0: any number of tokens
  DroppedTokens dropped_;                // of prompts
  std::int64_t outputs_ = 0, full_ = 0;  // number of outputs, and of those that reached the end of the context
};

}  // namespace strata::detail
