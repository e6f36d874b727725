// Moved: this path lasts for one release.
#pragma once

#include "strata/checkpoint/checkpoint.hpp"
