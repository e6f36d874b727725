// The header for authors of plugins: errors, registration and slots. The headers of the roles are included separately.
#pragma once

#include "strata/core/error.hpp"
#include "strata/plugin/plugin.hpp"
