// Versions: of the library, of the plugin API, and the hand-raised number of the binary interface.
#pragma once

#include <string_view>

#include "strata/core/export.hpp"

// Raised whenever a class that plugins see changes its layout or its virtual functions.
#define STRATA_ABI 11

// All of libstrata, room by room in the files; what is in strata::detail may change without notice.
namespace strata {

// Raised when the meaning of the plugin descriptor or of registration changes.
inline constexpr unsigned kPluginApi = 1;

// "0.1.0"
STRATA_API std::string_view version() noexcept;

}  // namespace strata
