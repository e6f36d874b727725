// Files that anybody on the machine could replace.
#pragma once

#include <string>

namespace strata::detail {

// Why anybody may replace the file at this canonical path: "everybody may write into /x", of the file or of a folder
// above it; empty when nobody but its owner and its group may. A folder with the sticky bit, such as /tmp, guards what
// lies in it.
std::string open_to_everybody(const std::string& real);

}  // namespace strata::detail
