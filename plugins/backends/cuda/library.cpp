#include "library.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <sstream>
#include <vector>

namespace strata::cuda {
namespace {

std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text != nullptr ? text : "";
}

// What is tried, in order; a name without a folder is the loader's to find.
std::vector<std::string> candidates(const std::string& soname) {
  std::vector<std::string> all;
  std::istringstream named(variable("STRATA_CUDA_LIBRARIES"));
  for (std::string folder; std::getline(named, folder, ':');) {
    if (!folder.empty()) all.push_back(folder + "/" + soname);
  }
  if (!all.empty()) return all;
  std::string toolkit = variable("CUDA_PATH");
  if (toolkit.empty()) toolkit = "/usr/local/cuda";
  return {soname, toolkit + "/lib64/" + soname, toolkit + "/lib/" + soname};
}

// Whether the loader's words mean that the file itself is not there, and not one that it needs.
bool absent(const std::string& words, const std::string& file) {
  return words.rfind(file + ": cannot open shared object file: No such file", 0) == 0;
}

}  // namespace

std::string open_library(const std::string& soname, std::initializer_list<LibraryEntry> entries) {
  const auto set = [](const LibraryEntry& entry, void* address) {
    std::memcpy(entry.pointer, &address, sizeof address);
  };
  for (const LibraryEntry& entry : entries) set(entry, nullptr);
  std::string broken;  // why the first one that is there does not load
  for (const std::string& file : candidates(soname)) {
    void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      const char* words = ::dlerror();
      if (broken.empty() && words != nullptr && !absent(words, file)) broken = words;
      continue;
    }
    for (const LibraryEntry& entry : entries) {
      void* address = ::dlsym(library, entry.name);
      if (address != nullptr) {
        set(entry, address);
        continue;
      }
      for (const LibraryEntry& one : entries) set(one, nullptr);
      return file + " has no " + entry.name;
    }
    return {};
  }
  return broken.empty() ? soname + " is not found" : soname + " does not load: " + broken;
}

}  // namespace strata::cuda
