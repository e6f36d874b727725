// Everything that a plugin's author includes. Rooms add their roles here.
#pragma once

#include "strata/core/error.hpp"
#include "strata/plugin/plugin.hpp"
