// Constraints: what an output of one sentence has to begin with or to contain.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace strata {

// A way in which the rest of an output may begin.
struct Opening {
  std::int32_t token = 0;  // the next token
  std::int32_t next = -1;  // place in Constraints::openings of what may follow it; -1: any token
};

// Of one sentence; ids of the target vocabulary.
struct Constraints {
  std::vector<std::int32_t> prefix;                // the output begins with it
  std::vector<std::vector<std::int32_t>> phrases;  // each occurs in it as a whole, in any order
  // Whether one word goes on from a token to the next (Tokenizer::joins): no phrase begins or ends there. Empty: never.
  std::function<bool(std::int32_t left, std::int32_t right)> joins = {};
  // The tokens that may come after the prefix, at place 0, and those that may come after each of them, at its place.
  // Empty: any.
  std::vector<std::vector<Opening>> openings = {};

  // Whether anything is asked for.
  explicit operator bool() const noexcept { return !prefix.empty() || !phrases.empty() || !openings.empty(); }
};

}  // namespace strata
