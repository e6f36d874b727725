// Merges: the learnt pairs, applied to a piece in the order in which they were learnt.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "learn.hpp"

namespace byte_bpe {

class Merges {
 public:
  Merges() = default;
  // Token n < 256 is byte n; the others are the results of the merges in their order, each result once.
  explicit Merges(const std::vector<Merge>& merges);

  // Appends the tokens of a piece. The time is n log n in its length.
  void apply(std::string_view piece, std::vector<std::int32_t>& tokens) const;

 private:
  struct Joined {
    std::int32_t rank, token;  // number of the merge and its result
  };
  std::unordered_map<std::uint64_t, Joined> joined_;  // by the pair of tokens
};

}  // namespace byte_bpe
