// Moved: this path lasts for one release.
#pragma once

#include "strata/autograd/time_loop.hpp"
#include "strata/tensor/context.hpp"
