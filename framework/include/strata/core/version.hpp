// Versions of the library, of the plugin API and of the binary interface.
#pragma once

#include <string_view>

#include "strata/core/export.hpp"

// The version of the binary interface. It is raised by hand whenever a class that plugins use changes its layout or its
// virtual functions.
#define STRATA_ABI 15

// The namespace of Strata. What is in strata::detail may change without notice.
namespace strata {

// The version of the plugin API. It is raised when the meaning of the plugin descriptor or of registration changes.
inline constexpr unsigned kPluginApi = 1;

// The version of the library, "0.1.0" for example.
STRATA_API std::string_view version() noexcept;

}  // namespace strata
