// Counts of n-grams over a sequence of symbols (code points, or words as numbers).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace strata::detail {

// Sorted by n-gram; the views look into the sequence that was counted.
using NgramCounts = std::vector<std::pair<std::u32string_view, std::int64_t>>;

NgramCounts count_ngrams(std::u32string_view symbols, std::size_t n);

// Of each n-gram the larger count.
NgramCounts union_of(const NgramCounts& a, const NgramCounts& b);

// Sum over the n-grams of both of the smaller count.
std::int64_t matches(const NgramCounts& a, const NgramCounts& b);

// Gives equal words equal symbols.
class WordNumbers {
 public:
  std::u32string operator()(const std::vector<std::string>& words);

 private:
  std::unordered_map<std::string, char32_t> numbers_;
};

// How many references the lines of a corpus have: `so_far` 0 for none yet, -1 for a varying number.
inline std::int64_t reference_count(std::int64_t so_far, std::size_t line) {
  const auto count = static_cast<std::int64_t>(line);
  return so_far == 0 || so_far == count ? count : -1;
}

}  // namespace strata::detail
