// Names of rules and the numbers in them.
#include "checkpoint/name_pattern.hpp"

#include <charconv>

namespace strata::detail {

std::optional<std::int64_t> match_name(std::string_view pattern, std::string_view name) {
  const std::size_t at = pattern.find("{}");
  if (at == std::string_view::npos) return pattern == name ? std::optional<std::int64_t>(-1) : std::nullopt;
  const std::string_view before = pattern.substr(0, at), after = pattern.substr(at + 2);
  if (name.size() <= before.size() + after.size() || name.substr(0, before.size()) != before ||
      name.substr(name.size() - after.size()) != after) {
    return {};
  }
  const std::string_view digits = name.substr(before.size(), name.size() - before.size() - after.size());
  std::int64_t number = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = end.ec == std::errc() && end.ptr == digits.data() + digits.size() && number >= 0;
  if (!whole || std::to_string(number) != digits) return {};
  return number;
}

std::string fill_name(const std::string& pattern, std::int64_t number) {
  const std::size_t at = pattern.find("{}");
  if (at == std::string::npos) return pattern;
  return pattern.substr(0, at) + std::to_string(number) + pattern.substr(at + 2);
}

std::string_view without_first_word(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

}  // namespace strata::detail
