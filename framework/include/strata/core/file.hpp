// Files: whole reads with a limit, writes that leave either the old file or the new one, never a part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "strata/core/export.hpp"

namespace strata {

// The whole file. E_IO_MISSING, E_IO_FOLDER (it is one), E_IO_KIND (a pipe, a socket or a device), E_IO_READ (denied,
// too many files, disk error), E_IO_LIMIT (larger than limit). Only regular files are read, and what the user's shell
// has opened (/dev/stdin, /dev/fd/63); memory grows with what is really there.
STRATA_API std::string read_file(const std::string& path, std::size_t limit = std::size_t{1} << 32U);

// Writes a temporary file beside `path`; commit() fsyncs it, renames it over `path` and fsyncs the folder. Destroyed
// without commit (an error, a full disk: E_IO_WRITE), it leaves what was there before untouched.
class STRATA_API AtomicFile {
 public:
  // Opens the temporary file. E_IO_WRITE when `path` is anything but a regular file, or the file cannot be created.
  explicit AtomicFile(std::string path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  // Adds bytes at the end. E_IO_WRITE.
  void write(const void* data, std::size_t size);
  void write(std::string_view text) { write(text.data(), text.size()); }
  std::uint64_t size() const noexcept { return size_; }  // bytes written so far
  // Puts the file in its place; once, nothing is written afterwards. E_IO_WRITE.
  void commit();

 private:
  std::string path_, temporary_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

STRATA_API void write_file(const std::string& path, std::string_view text);  // AtomicFile in one call
STRATA_API void sync_folder(const std::string& path);                        // fsync of a directory; E_IO_WRITE
STRATA_API void make_folders(const std::string& path);                       // E_IO_WRITE when it cannot

}  // namespace strata
