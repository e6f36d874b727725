// The bytes of a plugin's file: read once, for the header and for the hash.
#pragma once

#include <string>
#include <string_view>

#include "strata/plugin/host.hpp"

namespace strata::detail {

std::string read_library(const std::string& file);  // E_PLUGIN_FILE
PluginHeader parse_header(std::string_view bytes, const std::string& file);

}  // namespace strata::detail
