// find_needed: the search of ld.so(8), read-only.
#include "plugin/library_search.hpp"

#include <elf.h>
#include <link.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

#include "strata/core/error.hpp"
#include "strata/core/file.hpp"

namespace fs = std::filesystem;

namespace strata::detail {
namespace {

// A file for this machine: the loader passes over others of the same name.
bool fits(const std::string& path) {
  std::error_code fault;
  if (!fs::is_regular_file(path, fault)) return false;
  Elf64_Ehdr header{};
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(&header), sizeof(header))) return false;
  static const std::uint16_t machine = [] {
    Elf64_Ehdr own{};
    std::ifstream("/proc/self/exe", std::ios::binary).read(reinterpret_cast<char*>(&own), sizeof(own));
    return own.e_machine;
  }();
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_machine == machine;
}

// By the name that it was loaded under; asking dlopen would be simpler, but it keeps memory for each answer.
std::string loaded_already(const std::string& name) {
  struct Search {
    const std::string& name;
    std::string path;
  } search{name, {}};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* context) {
        auto& wanted = *static_cast<Search*>(context);
        const fs::path path = info->dlpi_name == nullptr ? "" : info->dlpi_name;
        if (path.filename() != wanted.name) return 0;
        wanted.path = path.string();
        return 1;
      },
      &search);
  return search.path;
}

std::string in_folders(std::string_view folders, const std::string& name, const std::string& origin) {
  while (!folders.empty()) {
    const std::size_t end = std::min(folders.find(':'), folders.size());
    std::string folder(folders.substr(0, end));
    folders.remove_prefix(std::min(end + 1, folders.size()));
    for (const std::string_view word : {"${ORIGIN}", "$ORIGIN"}) {
      for (std::size_t at = 0; (at = folder.find(word, at)) != std::string::npos; at += origin.size()) {
        folder.replace(at, word.size(), origin);
      }
    }
    std::string path = (folder.empty() ? "." : folder) + "/" + name;
    if (fits(path)) return path;
  }
  return {};
}

template <class T>
T number(std::string_view bytes, std::size_t at) {
  T out{};
  if (at + sizeof(T) <= bytes.size()) std::memcpy(&out, bytes.data() + at, sizeof(T));
  return out;
}

// The layout that glibc writes since 2.2: a header of 48 bytes, entries of 24, offsets from the start.
std::string in_cache(const std::string& name) {
  constexpr std::string_view kMagic = "glibc-ld.so.cache1.1";
  constexpr std::size_t kHeader = 48, kEntry = 24;
  std::string bytes;
  try {
    bytes = read_file("/etc/ld.so.cache");
  } catch (const Error&) {
    return {};
  }
  if (bytes.compare(0, kMagic.size(), kMagic) != 0) return {};
  const auto text = [&](std::uint32_t at) {
    return at < bytes.size() ? std::string(bytes.c_str() + at) : std::string();  // c_str ends in NUL
  };
  const auto count = number<std::uint32_t>(bytes, kMagic.size());
  for (std::size_t i = 0; i < count && kHeader + (i + 1) * kEntry <= bytes.size(); ++i) {
    const std::size_t entry = kHeader + i * kEntry;
    if (text(number<std::uint32_t>(bytes, entry + 4)) != name) continue;
    std::string path = text(number<std::uint32_t>(bytes, entry + 8));
    if (fits(path)) return path;
  }
  return {};
}

}  // namespace

std::string find_needed(const std::string& name, const ElfFile::Dynamic& by, const std::string& origin) {
  if (name.find('/') != std::string::npos) return fits(name) ? name : std::string();
  if (std::string path = loaded_already(name); !path.empty()) return path;
  const char* variable = std::getenv("LD_LIBRARY_PATH");
  const std::string_view rpath = by.runpath.empty() ? std::string_view(by.rpath) : std::string_view();
  const std::string_view environment = variable == nullptr ? "" : variable;
  for (const std::string_view folders : {rpath, environment, std::string_view(by.runpath)}) {
    if (std::string path = in_folders(folders, name, origin); !path.empty()) return path;
  }
  if (std::string path = in_cache(name); !path.empty()) return path;
  return in_folders("/lib64:/usr/lib64:/lib:/usr/lib", name, origin);
}

}  // namespace strata::detail
