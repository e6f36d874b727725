// Constraints: a beginning and phrases that the output for a sentence must have.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace strata {

// A token that may come next, and what may follow it. The openings of an output form a graph.
struct Opening {
  std::int32_t token = 0;  // id of the token
  std::int32_t next = -1;  // index in Constraints::openings of the list of tokens that may follow; -1: any token may
};

// The constraints on the output for one sentence. All ids are of the target vocabulary.
struct Constraints {
  std::vector<std::int32_t> prefix;                // tokens with which the output begins
  std::vector<std::vector<std::int32_t>> phrases;  // token sequences that each occur in the output, in any order
  // Returns whether `left` and `right` are parts of one word (Tokenizer::joins). Then no phrase begins or ends between
  // the two. Empty: every token is a word.
  std::function<bool(std::int32_t left, std::int32_t right)> joins = {};
  // openings[0] lists the tokens that may follow the prefix; Opening::next is the index of the list for the token after
  // that. Empty: any token may follow the prefix.
  std::vector<std::vector<Opening>> openings = {};

  // True when there is any constraint.
  explicit operator bool() const noexcept { return !prefix.empty() || !phrases.empty() || !openings.empty(); }
};

}  // namespace strata
