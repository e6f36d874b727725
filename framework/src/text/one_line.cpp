// one_line.
#include "strata/text/one_line.hpp"

#include <algorithm>

namespace strata {

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

}  // namespace strata
