// open_to_everybody: the file, then each folder above it.
#include "plugin/open_folders.hpp"

#include <sys/stat.h>

#include <filesystem>

namespace strata::detail {

std::string open_to_everybody(const std::string& real) {
  const std::filesystem::path file = real;
  for (std::filesystem::path at = file; !at.empty(); at = at.parent_path()) {
    struct stat status = {};
    const bool open = stat(at.c_str(), &status) == 0 && (status.st_mode & S_IWOTH) != 0;
    const bool guarded = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
    if (open && !guarded) return "everybody may write into " + at.string();
    if (at == at.parent_path()) break;
  }
  return {};
}

}  // namespace strata::detail
