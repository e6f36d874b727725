// Comparison of labels as numbers of any length, and the nearest ones by edit distance.
#include "order.hpp"

#include <strata/core/config.hpp>
#include <strata/core/error.hpp>

#include <algorithm>
#include <cstddef>

namespace labels {
namespace {

constexpr std::size_t kNearest = 5, kLongest = 60;  // labels in a hint, and bytes of each of them

bool is_whole_number(std::string_view name) {
  if (name.starts_with('-')) name.remove_prefix(1);
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

// A whole number: its sign, and its digits without leading zeros.
struct Number {
  explicit Number(std::string_view name) : digits(name.substr(name.starts_with('-') ? 1 : 0)) {
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    negative = name.starts_with('-') && !digits.empty();
  }
  std::string_view digits;
  bool negative;
};

bool smaller_digits(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

bool smaller_number(std::string_view a, std::string_view b) {
  const Number left(a), right(b);
  if (left.negative != right.negative) return left.negative;
  if (left.digits == right.digits) return smaller_digits(a, b);
  return left.negative ? smaller_digits(right.digits, left.digits) : smaller_digits(left.digits, right.digits);
}

std::string in_quotes(const std::string& name) { return "'" + strata::printable(name, kLongest) + "'"; }

}  // namespace

void sort(std::vector<std::string>& names) {
  if (std::all_of(names.begin(), names.end(), is_whole_number)) {
    std::sort(names.begin(), names.end(), smaller_number);
  } else {
    std::sort(names.begin(), names.end());
  }
}

std::string hint(std::string_view name, std::vector<std::string> known) {
  const std::size_t count = known.size();
  std::string text;
  for (std::size_t found = 0; found < kNearest; ++found) {
    const std::string near = strata::nearest_name(name, known);
    if (near.empty()) break;
    text += (found == 0 ? "the nearest of " + std::to_string(count) + " labels: " : ", ") + in_quotes(near);
    known.erase(std::find(known.begin(), known.end(), near));
  }
  if (!text.empty()) return text;
  for (std::size_t i = 0; i < std::min(kNearest, count); ++i) {
    text += (i == 0 ? "none is like it; the " + std::to_string(count) + " labels: " : ", ") + in_quotes(known[i]);
  }
  return text + (count > kNearest ? ", ..." : "");
}

}  // namespace labels
