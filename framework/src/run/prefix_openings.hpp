// A prefix whose last word may become a longer one: "ein man" as "ein mann". Private to libstrata.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strata/decode/constraints.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata::detail {

// What a token adds to a text is asked of the tokenizer's decode(), so every kind of token is right: words, subwords
// that mark where a word goes on or where it begins, characters.
class PrefixOpenings {
 public:
  explicit PrefixOpenings(std::shared_ptr<const Tokenizer> tokenizer) : tokenizer_(std::move(tokenizer)) {}

  // Fills prefix and openings of `out`: the tokens of all words but the last, and the ways to write the last word or
  // one that begins with it. A prefix that ends in a space has no unfinished word. E_DATA_CONSTRAINT where the
  // vocabulary has no such word.
  void set(std::string_view prefix, std::int64_t number, Constraints& out);

 private:
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::vector<std::string> texts_;  // of each token alone, without spaces in front; made at the first call
};

}  // namespace strata::detail
