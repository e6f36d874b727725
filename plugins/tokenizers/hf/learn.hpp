// Learning of byte pairs (Sennrich et al., 2016, over bytes as Radford et al., 2019).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace hf {

using Merge = std::pair<std::string, std::string>;  // the bytes of both sides
using PieceCounts = std::vector<std::pair<std::string, std::int64_t>>;

struct LearnOptions {
  std::int64_t tokens = 0;         // largest number of tokens that the merges make, the bytes not included
  std::int64_t min_frequency = 2;  // a pair that is seen less often is not merged
};

// Returns the merges in the order in which they are learnt: each time the most frequent pair, of equally frequent ones
// the one whose left, then right bytes are the largest. Two merges may make the same token from different parts.
std::vector<Merge> learn(const PieceCounts& pieces, const LearnOptions& options);

}  // namespace hf
