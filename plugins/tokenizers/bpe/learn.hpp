// Learning of merge operations (Sennrich, Haddow and Birch, 2016), with the choices and tie-breaks of subword-nmt.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "codes.hpp"

namespace bpe {

using WordCounts = std::vector<std::pair<std::string, std::int64_t>>;

struct LearnOptions {
  std::int64_t merges = 10000;      // at most
  std::int64_t min_frequency = 2;   // of a pair that is still merged
  std::size_t longest_word = 1000;  // in bytes; longer ones are no words, and would make learning quadratic
};

// The most frequent pair of neighbouring symbols is merged, again and again; of equally frequent pairs the one whose
// (left, right) is last in code point order. The order of `words` does not matter.
Codes learn(const WordCounts& words, const LearnOptions& options);

}  // namespace bpe
