// Reading a file block by block, with the errors that all readers share.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "strata/core/error.hpp"
#include "strata/core/json.hpp"

namespace strata::detail {

// What a path may lead to. Somebody may give a pipe as an input; opening one waits for its writer, so where a file that
// Strata wrote is expected, a pipe, a socket or a device is an error.
enum class Expect { anything, file };

// Calls `use` with each block; throws E_IO_MISSING, E_IO_FOLDER or E_IO_READ.
using UseBlock = std::function<void(const char* data, std::size_t size)>;
void read_blocks(const std::string& path, Expect expected, const UseBlock& use);

// read_file() and read_json() of files that Strata wrote itself: regular ones.
std::string read_own_file(const std::string& path, std::size_t limit = std::size_t{1} << 32U);
Config read_own_json(const std::string& path, const JsonLimits& limits = {});

// "No space left on device" for errno as it stands.
std::string system_reason();

}  // namespace strata::detail
