// ElfFile: finds one data symbol in a 64-bit ELF library, from its bytes alone; nothing of it runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace strata::detail {

class ElfFile {
 public:
  // bytes must outlive this. Throws E_PLUGIN_FILE at `file` for anything that is no shared library for this machine.
  ElfFile(std::string_view bytes, std::string file);

  // The bytes that the file holds for a defined data symbol of the dynamic symbol table; empty when there is none.
  // Pointers in them are not relocated. Throws E_PLUGIN_FILE when a table points outside of the file.
  std::string_view symbol(std::string_view name) const;

 private:
  [[noreturn]] void damaged(const std::string& what) const;
  std::string_view part(std::uint64_t offset, std::uint64_t size, const char* what) const;
  template <class T>
  T at(std::uint64_t offset, const char* what) const;
  std::string_view loaded(std::uint64_t address, std::uint64_t size) const;

  std::string_view bytes_;
  std::string file_;
};

}  // namespace strata::detail
