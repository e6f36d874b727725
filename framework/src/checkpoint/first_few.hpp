// first_few: a list of names that is short enough for a line.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "strata/core/error.hpp"

namespace strata::detail {

// "a, b, c, d and 7 more".
inline std::string first_few(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + printable(names[i], 80);
  }
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

}  // namespace strata::detail
