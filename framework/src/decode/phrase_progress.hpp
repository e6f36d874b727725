// PhraseProgress: how far a hypothesis has come with what it must contain. Private to libstrata.
#pragma once

#include <cstdint>
#include <vector>

#include "strata/decode/constraints.hpp"

namespace strata::detail {

// How far a hypothesis has come with its phrases (Post and Vilar, 2018, "Fast Lexically Constrained Decoding with
// Dynamic Beam Allocation", section 3): which are complete, and how much of one that is being written.
class PhraseProgress {
 public:
  // constraints: null where nothing is asked for; else it outlives this.
  explicit PhraseProgress(const Constraints* constraints) : constraints_(constraints) {}

  // Tokens that bring it forward: the next of the phrase at work, or the first of each that is open and can begin here.
  std::vector<std::int32_t> wanted() const;
  // After one more token. One that breaks a phrase off, or makes its last word a longer one, loses what was met of it.
  PhraseProgress after(std::int32_t token) const;
  std::int64_t met() const;    // tokens of phrases that are written
  std::int64_t total() const;  // of all
  bool complete() const { return met() == total(); }

 private:
  using Phrases = std::vector<std::vector<std::int32_t>>;
  const Phrases& phrases() const;
  bool done(std::size_t i) const { return ((done_ >> i) & 1U) != 0; }
  bool joins(std::int32_t token) const;  // with the last token into one word

  const Constraints* constraints_;
  std::uint64_t done_ = 0;     // bit i: phrase i is complete
  std::int32_t current_ = -1;  // the phrase at work
  std::int32_t written_ = 0;   // its tokens so far
  std::int32_t last_ = -1;     // token
  std::int32_t ended_ = -1;    // the phrase that the last token completed
};

}  // namespace strata::detail
