// Files: reads whole files up to a limit, and writes files so that either the old or the whole new file is there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "strata/core/export.hpp"

namespace strata {

// Reads a whole file. Only regular files are read, and files that the user's shell has opened (/dev/stdin, /dev/fd/63).
// Throws E_IO_MISSING, E_IO_FOLDER (the path is a folder), E_IO_KIND (it is a pipe, a socket or a device), E_IO_READ
// (permission denied, too many open files, disk error) or E_IO_LIMIT (more than `limit` bytes). The memory used grows
// with the bytes read, whatever size the file system reports.
STRATA_API std::string read_file(const std::string& path, std::size_t limit = std::size_t{1} << 32U);

// A file that is written to a temporary file in the same folder; commit() syncs it to the disk, renames it to `path`
// and syncs the folder. Without commit(), after an error for example, the destructor removes the temporary file, and
// `path` is as it was before.
class STRATA_API AtomicFile {
 public:
  // Opens the temporary file. Throws E_IO_WRITE when `path` is anything but a regular file, or the file cannot be
  // created.
  explicit AtomicFile(std::string path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  // Adds bytes at the end. Throws E_IO_WRITE, on a full disk for example.
  void write(const void* data, std::size_t size);
  void write(std::string_view text) { write(text.data(), text.size()); }
  std::uint64_t size() const noexcept { return size_; }  // bytes written so far
  // Renames the file to its final name. Call it once; nothing may be written afterwards. Throws E_IO_WRITE.
  void commit();

 private:
  std::string path_, temporary_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

// Writes a whole file through an AtomicFile. Throws E_IO_WRITE.
STRATA_API void write_file(const std::string& path, std::string_view text);
// Syncs a folder to the disk (fsync). Throws E_IO_WRITE.
STRATA_API void sync_folder(const std::string& path);
// Makes a folder, and those above it that are missing. Throws E_IO_WRITE.
STRATA_API void make_folders(const std::string& path);

}  // namespace strata
