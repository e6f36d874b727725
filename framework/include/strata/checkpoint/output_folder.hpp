// Folders that a user names for output: which are accepted, and writing one as a whole.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

// Accepts a folder that does not exist yet, is empty, or is a checkpoint without other files, which writing then
// replaces. Throws E_IO_OUTPUT for anything else, including links, run folders and the checkpoints inside a run folder,
// and E_IO_READ when the folder cannot be read.
STRATA_API void require_output_folder(const std::string& folder);

// A function that writes files into a folder and returns their names.
using FolderWriter = std::function<std::vector<std::string>(const std::string& folder)>;

// Makes a folder with what `write` writes: it writes to a temporary folder, which is synced to the disk and renamed at
// the end. `folder` may be missing or empty, else this throws E_IO_OUTPUT. After an error it is as it was. Throws
// E_IO_WRITE, and what `write` throws.
STRATA_API void write_new_folder(const std::string& folder, const FolderWriter& write);

}  // namespace strata
