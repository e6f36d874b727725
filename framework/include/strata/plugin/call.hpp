// Moved: this path lasts for one release.
#pragma once

#include "strata/core/plugin_call.hpp"
