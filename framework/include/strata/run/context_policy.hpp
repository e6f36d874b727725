// ContextPolicy: what happens where a text has more tokens than the context of a model.
#pragma once

#include <cstdint>
#include <string>

#include "strata/core/export.hpp"

namespace strata {

// A policy decides what happens with a text that is longer than the context.
enum class ContextPolicy {
  error,        // a text that does not fit is an error
  drop_oldest,  // the oldest tokens are left out, and counted
};

// Declares the option context_policy of a verb.
void context_policy_option(auto& option, ContextPolicy& policy, const char* help) {
  option("context_policy", policy, help,
         {{"error", ContextPolicy::error}, {"drop_oldest", ContextPolicy::drop_oldest}});
}

// Counts of what did not fit into a context.
struct STRATA_API DroppedTokens {
  std::int64_t tokens = 0, texts = 0;  // number of tokens that were left out, and of texts that had them
  // Counts a text of which `more` tokens were left out.
  void add(std::int64_t more) {
    tokens += more;
    ++texts;
  }
  // "7 tokens of 2 prompts were dropped, the oldest: the model has a context of 16"; empty when there are none.
  std::string line(const std::string& what, std::int64_t context) const;
};

}  // namespace strata
