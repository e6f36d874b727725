// Checks on a folder to which a user wants a checkpoint to be written.
#pragma once

#include <string>

#include "strata/core/export.hpp"

namespace strata {

// Accepts a folder that does not exist yet, is empty, or is a checkpoint without other files, which writing then
// replaces. Throws E_IO_OUTPUT for anything else, including links, run folders and the checkpoints inside a run folder,
// and E_IO_READ when the folder cannot be read.
STRATA_API void require_output_folder(const std::string& folder);

}  // namespace strata
