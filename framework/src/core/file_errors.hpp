// Opening files and reading them block by block, with the errors that all readers share.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "strata/core/error.hpp"
#include "strata/core/export.hpp"
#include "strata/core/json.hpp"

namespace strata::detail {

// Opens a regular file for reading and gives its descriptor. A pipe or a device under the name of a file is refused,
// and opening it never waits; what the user's shell has opened already (/dev/fd/63, /dev/stdin) may be a pipe. Throws
// E_IO_MISSING, E_IO_FOLDER, E_IO_KIND (neither file nor folder), or E_IO_READ when the system cannot open it.
int open_to_read(const std::string& path);

// Calls `use` with each block; throws what open_to_read does, and E_IO_READ.
void read_blocks(const std::string& path, const std::function<void(const char* data, std::size_t size)>& use);

// "No space left on device" for errno as it stands.
STRATA_API std::string system_reason();

}  // namespace strata::detail
