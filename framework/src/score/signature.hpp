// What BLEU and chrF share around their statistics: signature fields, pairing of lines, adding up.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/error.hpp"

namespace strata::detail {

inline constexpr std::string_view kScorerVersion = "strata-" STRATA_VERSION;

inline std::string reference_field(std::int64_t count) { return count < 0 ? "var" : std::to_string(count); }

inline void add_statistics(const char* place, std::vector<std::int64_t>& sums, const std::vector<std::int64_t>& other) {
  if (sums.size() != other.size()) {
    throw Error("E_INTERNAL", place,
                std::to_string(other.size()) + " statistics cannot be added to " + std::to_string(sums.size()));
  }
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += other[i];
}

// Whether a word stands in one of the lines.
inline bool any_word(const std::vector<std::vector<std::string>>& sides) {
  for (const std::vector<std::string>& side : sides) {
    for (const std::string& line : side) {
      if (line.find_first_not_of(" \t") != std::string::npos) return true;
    }
  }
  return false;
}

template <class Visit>
void for_each_line(const char* place, const std::vector<std::string>& hypotheses,
                   const std::vector<std::vector<std::string>>& references, Visit visit) {
  for (const std::vector<std::string>& side : references) {
    if (side.size() != hypotheses.size()) {
      throw Error("E_DATA_UNEQUAL", place,
                  std::to_string(hypotheses.size()) + " hypotheses, " + std::to_string(side.size()) + " references",
                  "both sides need the same number of lines");
    }
  }
  if (!any_word(references)) {
    throw Error("E_DATA_EMPTY", place,
                "no word stands in the " + std::to_string(hypotheses.size()) + " lines of references",
                "nothing can be scored");
  }
  std::vector<std::string> of_line;
  for (std::size_t i = 0; i < hypotheses.size(); ++i) {
    of_line.clear();
    for (const std::vector<std::string>& side : references) of_line.push_back(side[i]);
    visit(hypotheses[i], of_line);
  }
}

}  // namespace strata::detail
