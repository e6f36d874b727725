// evaluate_choices: the work of `strata eval RUN --choices FILE`, multiple choice by log-probability.
#pragma once

#include <cstdint>
#include <string>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/run/context_policy.hpp"
#include "strata/run/load_model.hpp"
#include "strata/run/token_scorer.hpp"

namespace strata {

// The options of evaluate_choices() name the file that it reads and say how it is scored.
struct EvaluateChoicesOptions {
  // File with a JSON object a line: "prompt", a text; "choices", a list of two texts or more; "answer", the index of
  // the right one from 0, or its text. Other members are not read.
  std::string file;
  ContextPolicy policy = ContextPolicy::error;  // for a prompt with a choice that are longer than the context
  ScoreBatch batch = {};                        // how many prompts with a choice are scored together
};

// Numbers of questions whose best choice is the right one. Of equally good choices, the first counts as best.
struct STRATA_API ChoicesReport {
  std::int64_t questions = 0;                            // lines of the file
  std::int64_t choices = 0;                              // choices of all questions
  std::int64_t right = 0;                                // by the sum of the log-probabilities of a choice
  std::int64_t right_by_bytes = 0, right_by_tokens = 0;  // by that sum over the bytes or the tokens of the choice
  double chance = 0;                                     // share of right answers when each choice is equally likely
  DroppedTokens dropped;                                 // what was left out of prompts (ContextPolicy::drop_oldest)
  std::int64_t context = 0;                              // TokenScorer::context()

  double acc() const;              // right / questions
  double acc_norm() const;         // right_by_bytes / questions
  double acc_norm_tokens() const;  // right_by_tokens / questions
  double acc_stderr() const;       // sqrt(acc (1 - acc) / (questions - 1)); 0 for a single question
};

// Answers the questions of a file with a model that is a Scorer. A choice follows its prompt directly, so that a space
// between them belongs to either. Prompt and choice are encoded together, and the tokens after those of the prompt
// alone are the tokens of the choice; white space at the end of a prompt counts with the choice, as in the field's
// evaluation harness (Gao et al., 2021). A model of pairs reads the prompt as the source and the choice as the target.
// Throws E_DATA_FIELD or E_CONFIG_JSON with file:line for a line that is no question, E_DATA_LONG for one that is
// longer than the context (both numbers) unless the policy is drop_oldest, E_DATA_EMPTY for a file without any, and
// what TokenScorer throws.
STRATA_API ChoicesReport evaluate_choices(const LoadedModel& loaded, const EvaluateChoicesOptions& options);

// Returns the figures with their names, for output: acc, acc_norm, acc_norm_tokens, acc_stderr, chance, questions,
// choices, dropped_tokens, dropped_prompts.
STRATA_API Config to_config(const ChoicesReport& report);

}  // namespace strata
