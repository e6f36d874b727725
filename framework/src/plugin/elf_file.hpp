// ElfFile: what a 64-bit ELF library exports and needs, from its bytes alone; nothing of it runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strata::detail {

class ElfFile {
 public:
  // bytes must outlive this. Throws E_PLUGIN_FILE at `file` for anything that is no shared library for this machine.
  ElfFile(std::string_view bytes, std::string file);

  // The bytes that the file holds for a defined data symbol of the dynamic symbol table; empty when there is none.
  // Pointers in them are not relocated. Throws E_PLUGIN_FILE when a table points outside of the file, E_PLUGIN_SYMBOL
  // when the symbol is there and has no bytes: the loader would fill it with zeros.
  std::string_view symbol(std::string_view name) const;

  struct Symbol {
    std::string_view name;
    std::uint64_t address = 0, size = 0;
    bool defined = false;
    bool data = false;    // STT_OBJECT
    bool local = false;   // not for others: STB_LOCAL, hidden or internal
    bool unique = false;  // STB_GNU_UNIQUE: one for the whole process
  };
  // All of the dynamic symbol table. Throws as symbol() does.
  std::vector<Symbol> symbols() const;

  struct Dynamic {
    std::vector<std::string> needed;  // DT_NEEDED, in order
    std::string rpath, runpath;  // DT_RPATH, DT_RUNPATH as they stand: folders with ':' between, $ORIGIN unexpanded
  };
  Dynamic dynamic() const;

  // SHA-256 of all that a loader reads: program headers, loaded sections, names, the dynamic section. Search paths and
  // symbols for debuggers do not count, so that an installed or stripped copy has the same.
  std::string checksum() const;

 private:
  struct Table {
    std::string_view entries, names;
  };
  // The first section of a type with the names that it links to; both empty when there is none.
  Table table(std::uint32_t type, const char* what) const;
  std::string_view name_at(std::string_view names, std::uint64_t offset) const;
  [[noreturn]] void damaged(const std::string& what) const;
  std::string_view part(std::uint64_t offset, std::uint64_t size, const char* what) const;
  template <class T>
  T at(std::uint64_t offset, const char* what) const;
  std::string_view loaded(const Symbol& symbol) const;

  std::string_view bytes_;
  std::string file_;
};

}  // namespace strata::detail
