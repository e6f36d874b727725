// AppendFile over the system's own calls.
#include "observe/append_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/file_errors.hpp"
#include "strata/core/error.hpp"

namespace strata::detail {

AppendFile::AppendFile(std::string path, bool lines) : path_(std::move(path)) {
  file_ = open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file_ < 0) file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file_ < 0) throw Error("E_IO_WRITE", path_, "cannot be written: " + system_reason());
  if (!lines) return;
  char last = '\n';
  struct stat status = {};
  const bool text = fstat(file_, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
  if (text && pread(file_, &last, 1, status.st_size - 1) == 1 && last != '\n') {
    try {
      append("\n");  // a run that was killed left half a line
    } catch (...) {
      close(file_);
      throw;
    }
  }
}

AppendFile::~AppendFile() { close(file_); }

void AppendFile::append(const std::string& record) {
  struct stat before = {};
  const bool regular = fstat(file_, &before) == 0 && S_ISREG(before.st_mode);
  const char* at = record.data();
  for (std::size_t left = record.size(); left > 0;) {
    const ssize_t done = write(file_, at, left);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) {
      const std::string reason = system_reason();
      const bool cut = left < record.size() && regular;
      if (cut && ftruncate(file_, before.st_size) != 0) {
        throw Error("E_IO_WRITE", path_, "cannot be written: " + reason + "; its last record is half there");
      }
      throw Error("E_IO_WRITE", path_, "cannot be written: " + reason);
    }
    at += done;
    left -= static_cast<std::size_t>(done);
  }
}

}  // namespace strata::detail
