// Constraints: what an output of one sentence has to begin with or to contain.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace strata {

// Of one sentence; ids of the target vocabulary.
struct Constraints {
  std::vector<std::int32_t> prefix;                // the output begins with it
  std::vector<std::vector<std::int32_t>> phrases;  // each occurs in it as a whole, in any order
  // Whether one word goes on from a token to the next (Tokenizer::joins): no phrase begins or ends there. Empty: never.
  std::function<bool(std::int32_t left, std::int32_t right)> joins = {};

  // Whether anything is asked for.
  explicit operator bool() const noexcept { return !prefix.empty() || !phrases.empty(); }
};

}  // namespace strata
