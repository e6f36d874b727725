// Reading a file block by block, with the errors that all readers share.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "strata/core/error.hpp"

namespace strata::detail {

// Calls `use` with each block; throws E_IO_MISSING, E_IO_FOLDER or E_IO_READ.
void read_blocks(const std::string& path, const std::function<void(const char* data, std::size_t size)>& use);

// "No space left on device" for errno as it stands.
std::string system_reason();

}  // namespace strata::detail
