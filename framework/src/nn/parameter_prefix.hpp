// Prefixes of parameters' names, by which a recipe chooses parameters. Private to libstrata.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace strata::detail {

// True when `name` is `prefix`, or begins with it and a dot. The empty prefix is one of every name.
bool has_prefix(std::string_view name, std::string_view prefix);
// Throws E_MODEL_PARAMETER: no parameter has the prefix. The hint says the nearest one, and those beside it.
[[noreturn]] void fail_prefix(std::string_view prefix, const std::vector<std::string>& names);

}  // namespace strata::detail
