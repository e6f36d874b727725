// Exact match and token accuracy of texts.
#include "strata/score/accuracy.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "strata/score/tokenize.hpp"

namespace strata {

Hits exact_match(std::string_view hypothesis, std::string_view reference) {
  Hits result;
  result.cases = 1;
  result.hits = split_words(hypothesis) == split_words(reference) ? 1 : 0;
  return result;
}

Hits token_accuracy(std::string_view hypothesis, std::string_view reference) {
  const std::vector<std::string> ours = split_words(hypothesis), theirs = split_words(reference);
  Hits result;
  result.cases = static_cast<std::int64_t>(std::max(ours.size(), theirs.size()));
  for (std::size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i) result.hits += ours[i] == theirs[i] ? 1 : 0;
  return result;
}

}  // namespace strata
