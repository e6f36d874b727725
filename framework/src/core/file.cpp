// Reading whole files and replacing them whole, over the system's own calls (errno tells what iostreams hide).
#include "strata/core/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "core/file_errors.hpp"

namespace strata {
namespace detail {

std::string system_reason() { return std::generic_category().message(errno); }

namespace {

// What a shell has opened, as it names a process substitution: opening such a name waits for nobody.
bool is_own_descriptor(const std::string& path) {
  return path == "/dev/stdin" || path.rfind("/dev/fd/", 0) == 0 || path.rfind("/proc/self/fd/", 0) == 0;
}

[[noreturn]] void fail_kind(const std::string& path, const char* kind) {
  throw Error("E_IO_KIND", path, std::string("is ") + kind + ", a regular file is needed");
}

const char* kind_of(mode_t mode) {
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

}  // namespace

int open_to_read(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    if (errno == ENXIO) fail_kind(path, "a socket or a device");
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    throw Error(missing ? "E_IO_MISSING" : "E_IO_READ", path,
                missing ? "no such file" : "cannot be opened: " + system_reason());
  }
  struct stat status = {};
  const bool known = fstat(file, &status) == 0;
  const std::string reason = system_reason();
  if (known && (S_ISREG(status.st_mode) || (is_own_descriptor(path) && !S_ISDIR(status.st_mode)))) {
    fcntl(file, F_SETFL, O_RDONLY);  // reading waits for the writer again
    return file;
  }
  close(file);
  if (!known) throw Error("E_IO_READ", path, "cannot be looked at: " + reason);
  if (S_ISDIR(status.st_mode)) throw Error("E_IO_FOLDER", path, "is a folder, a file is needed");
  fail_kind(path, kind_of(status.st_mode));
}

void read_blocks(const std::string& path, const std::function<void(const char*, std::size_t)>& use) {
  struct Closer {
    int file;
    ~Closer() { close(file); }
  } const closer{open_to_read(path)};
  const auto block = std::make_unique<std::array<char, 1U << 16U>>();
  for (;;) {
    const ssize_t got = read(closer.file, block->data(), block->size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error("E_IO_READ", path, "cannot be read: " + system_reason());
    if (got == 0) return;
    use(block->data(), static_cast<std::size_t>(got));
  }
}

}  // namespace detail

namespace {

[[noreturn]] void fail_write(const std::string& path, const std::string& what) {
  const bool full = errno == ENOSPC || errno == EDQUOT;
  throw Error("E_IO_WRITE", path, what + ": " + detail::system_reason(),
              full ? "free some space; what was saved before is untouched" : "");
}

// Unique in the process and, with its id, among processes.
std::string temporary_beside(const std::string& path) {
  static std::atomic<unsigned> count{0};
  return path + ".tmp-" + std::to_string(getpid()) + "-" + std::to_string(count++);
}

}  // namespace

std::string read_file(const std::string& path, std::size_t limit) {
  std::string text;
  detail::read_blocks(path, [&](const char* data, std::size_t size) {
    if (size > limit - text.size()) {
      throw Error("E_IO_LIMIT", path, "has more than the " + std::to_string(limit) + " bytes that are read");
    }
    text.append(data, size);
  });
  return text;
}

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)), temporary_(temporary_beside(path_)) {
  std::error_code ignored;
  const std::filesystem::file_status now = std::filesystem::status(path_, ignored);
  if (std::filesystem::exists(now) && !std::filesystem::is_regular_file(now)) {  // above all /dev/null
    const char* kind = std::filesystem::is_directory(now) ? "a folder" : "a pipe, a socket or a device";
    throw Error("E_IO_WRITE", path_, std::string("is ") + kind + " and cannot be replaced by a file");
  }
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail_write(path_, "cannot be created");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

void AtomicFile::write(const void* data, std::size_t size) {
  const auto* at = static_cast<const char*>(data);
  for (std::size_t left = size; left > 0;) {
    const ssize_t done = ::write(descriptor_, at, left);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail_write(path_, "cannot be written");
    at += done;
    left -= static_cast<std::size_t>(done);
  }
  size_ += size;
}

void AtomicFile::commit() {
  if (descriptor_ < 0) throw Error("E_INTERNAL", path_, "committed twice");
  if (fsync(descriptor_) != 0) fail_write(path_, "cannot be written to disk");
  const int closed = close(std::exchange(descriptor_, -1));
  if (closed != 0 || rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int reason = errno;
    unlink(temporary_.c_str());
    errno = reason;
    fail_write(path_, "cannot be put in its place");
  }
  const std::string folder = std::filesystem::path(path_).parent_path().string();
  sync_folder(folder.empty() ? "." : folder);
}

void write_file(const std::string& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

void sync_folder(const std::string& path) {
  const int folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) fail_write(path, "cannot be opened as a folder");
  const int done = fsync(folder);
  const int reason = errno;
  close(folder);
  // Some file systems know no fsync of folders; then there is nothing to wait for.
  if (done != 0 && reason != EINVAL && reason != ENOTSUP) {
    errno = reason;
    fail_write(path, "cannot be written to disk");
  }
}

void make_folders(const std::string& path) {
  std::error_code fault;
  std::filesystem::create_directories(path, fault);
  if (fault) throw Error("E_IO_WRITE", path, "cannot be made: " + fault.message());
}

}  // namespace strata
