// Merges: pairs of tokens that become one, in the order in which they were learnt.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace hf {

class Merges {
 public:
  // Adds the next merge: the tokens `left` and `right` become `joined`. A pair that is there already stays as it is.
  void add(std::int32_t left, std::int32_t right, std::int32_t joined);

  // Merges the tokens of a piece: the earliest learnt pair first, of equal ones the leftmost. Negative tokens are never
  // merged. The time is n log n in their number.
  void apply(std::vector<std::int32_t>& tokens) const;

 private:
  struct Joined {
    std::int32_t rank, token;  // number of the merge and its result
  };
  std::unordered_map<std::uint64_t, Joined> joined_;  // by the pair of tokens
};

}  // namespace hf
