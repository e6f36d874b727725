// Where the system's loader would find a library that another one needs.
#pragma once

#include <string>

#include "plugin/elf_file.hpp"

namespace strata::detail {

// The rules of ld.so(8), without loading anything: in the process already, DT_RPATH (without a DT_RUNPATH),
// LD_LIBRARY_PATH, DT_RUNPATH, the cache, the default folders. `origin` is the folder of the library that needs it.
// Empty when it is nowhere.
std::string find_needed(const std::string& name, const ElfFile::Dynamic& by, const std::string& origin);

}  // namespace strata::detail
