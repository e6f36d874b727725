// one_line: a text as it is written where a line is a sentence.
#pragma once

#include <string>

#include "strata/core/export.hpp"

namespace strata {

// Line feeds and carriage returns become spaces, so that no line of an output file is two. A decoder with the pieces of
// another tool's model file may write them.
STRATA_API std::string one_line(std::string text);

}  // namespace strata
