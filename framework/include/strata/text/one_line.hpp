// one_line: removes line ends from a text, for output with one sentence per line.
#pragma once

#include <string>

#include "strata/core/export.hpp"

namespace strata {

// Replaces line feeds and carriage returns by spaces, so that a text is always one line of an output file. A tokenizer
// with a model file of another tool may decode to a text with line ends.
STRATA_API std::string one_line(std::string text);

}  // namespace strata
