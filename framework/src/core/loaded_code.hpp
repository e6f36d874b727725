// Where in memory the code of each loaded plugin lies. Looking it up allocates and locks nothing: signal handlers do.
#pragma once

#include <cstdint>
#include <string>

namespace strata::detail {

struct LoadedCode {
  std::uintptr_t begin = 0, end = 0;
  const char* file = nullptr;  // as messages call it; printable
  const char* name = nullptr;  // of the plugin, with its version; printable
};

// Notes the library that `inside` is an address of; the first note of a library counts.
void note_code(const void* inside, const std::string& file, const std::string& name);

// Null when no plugin's library lies there.
const LoadedCode* code_at(const void* address) noexcept;
const LoadedCode* code_of_file(const std::string& file) noexcept;

}  // namespace strata::detail
