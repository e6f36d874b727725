// Words of a line: the parts between bytes up to 0x20 (space, tab, line ends, control characters).
#pragma once

#include <cstddef>
#include <string_view>

namespace strata {

// Calls visit(word) for each word, in order, with a view into `text`. It takes linear time and allocates nothing.
template <typename Visit>
void for_each_word(std::string_view text, Visit&& visit) {
  const auto is_space = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  for (std::size_t i = 0; i < text.size();) {
    while (i < text.size() && is_space(text[i])) ++i;
    const std::size_t begin = i;
    while (i < text.size() && !is_space(text[i])) ++i;
    if (i > begin) visit(text.substr(begin, i - begin));
  }
}

}  // namespace strata
