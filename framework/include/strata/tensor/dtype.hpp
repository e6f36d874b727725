// Moved: this path lasts for one release.
#pragma once

#include "strata/device/dtype.hpp"
