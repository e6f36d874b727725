// A library of NVIDIA's that this plugin does not link: looked for at run time, so that the plugin loads where there is
// none, and says so.
#pragma once

#include <initializer_list>
#include <string>

namespace strata::cuda {

// A function that the library has to have, and the pointer that its address goes to.
struct LibraryEntry {
  const char* name;
  void* pointer;
};
template <class Function>
LibraryEntry library_entry(const char* name, Function*& pointer) {
  return {name, &pointer};
}

// Opens `soname` ("libcublasLt.so.13") and fills the pointers in. Looked for where the loader looks, then in $CUDA_PATH
// or else /usr/local/cuda; where STRATA_CUDA_LIBRARIES names folders (a list with colons, as of Python's nvidia
// packages), in those alone. Returns nothing, or in one line why not, and the pointers are null then. The library stays
// open; each call looks again, so a caller keeps what it was told.
std::string open_library(const std::string& soname, std::initializer_list<LibraryEntry> entries);

}  // namespace strata::cuda
