// The folders that a user may have a checkpoint written to.
#pragma once

#include <string>

#include "strata/core/export.hpp"

namespace strata {

// For a folder that a user names: it is not there yet, is empty, or is a checkpoint with nothing else in it, which is
// then replaced. Anything else is E_IO_OUTPUT, links, run folders and the checkpoints of a run among it. E_IO_READ.
STRATA_API void require_output_folder(const std::string& folder);

}  // namespace strata
