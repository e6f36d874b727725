// DroppedTokens in words.
#include "strata/run/context_policy.hpp"

namespace strata {

std::string DroppedTokens::line(const std::string& what, std::int64_t context) const {
  if (texts == 0) return {};
  return std::to_string(tokens) + " tokens of " + std::to_string(texts) + " " + what +
         " were dropped, the oldest: the model has a context of " + std::to_string(context) + " tokens";
}

}  // namespace strata
