// Names of rules: "{}" in a name stands for the number of a layer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace strata::detail {

// The number that "{}" of `pattern` stands for in `name`, -1 for an equal name without it, nothing for another name.
std::optional<std::int64_t> match_name(std::string_view pattern, std::string_view name);

// The pattern with the number in place of "{}".
std::string fill_name(const std::string& pattern, std::int64_t number);

// The path without its first word: "transformer.wte.weight" -> "wte.weight".
std::string_view without_first_word(std::string_view name);

}  // namespace strata::detail
