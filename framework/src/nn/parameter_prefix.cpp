// Prefixes of parameters' names.
#include "nn/parameter_prefix.hpp"

#include <algorithm>
#include <set>

#include "strata/core/config.hpp"
#include "strata/core/error.hpp"

namespace strata::detail {
namespace {

// All prefixes of the names: "encoder", "encoder.layers", "encoder.layers.0", ...
std::set<std::string> prefixes_of(const std::vector<std::string>& names) {
  std::set<std::string> prefixes;
  for (const std::string& name : names) {
    for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
      prefixes.insert(name.substr(0, dot));
    }
    prefixes.insert(name);
  }
  return prefixes;
}

std::string above(const std::string& prefix) {
  const std::size_t dot = prefix.rfind('.');
  return dot == std::string::npos ? "" : prefix.substr(0, dot);
}

}  // namespace

bool has_prefix(std::string_view name, std::string_view prefix) {
  if (prefix.empty()) return true;
  return name.substr(0, prefix.size()) == prefix && (name.size() == prefix.size() || name[prefix.size()] == '.');
}

void fail_prefix(std::string_view prefix, const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 8;
  if (names.empty()) throw Error("E_MODEL_PARAMETER", std::string(prefix), "there are no parameters");
  const std::set<std::string> known = prefixes_of(names);
  const std::string near = nearest_name(prefix, {known.begin(), known.end()});
  std::string within = above(std::string(prefix)), hint, list;  // the longest part of the prefix that is right
  while (!within.empty() && known.count(within) == 0) within = above(within);
  std::size_t count = 0;
  for (const std::string& one : known) {
    if (above(one) != within) continue;
    if (++count <= kShown) list += (count == 1 ? "" : ", ") + printable(one, 80);
  }
  if (count > kShown) list += " and " + std::to_string(count - kShown) + " more";
  if (!near.empty()) hint = "did you mean \"" + printable(near, 80) + "\"?";
  if (count > 0) hint += (hint.empty() ? "" : " ") + ("names begin with: " + list);
  throw Error("E_MODEL_PARAMETER", printable(prefix), "no parameter has this name, or a name that begins with it",
              hint);
}

}  // namespace strata::detail
