// Preloaded into strata by the scripts here: reads of standard input and writes of standard output that fail.
// STRATA_FAULTY_IO is "read N ERRNO BYTES" or "write N ERRNO BYTES": the Nth such call fails with the number ERRNO, and
// no call moves more than BYTES at once (0: as many as asked for). N = 0: none fails, but every second one is
// interrupted first (EINTR).
#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct Plan {
  char call[8] = "";
  int number = 0, error = 0;
  std::size_t bytes = 0;
  int seen = 0;
  bool interrupted = false;

  Plan() {
    const char* text = std::getenv("STRATA_FAULTY_IO");
    const bool ours = std::strcmp(program_invocation_short_name, "strata") == 0;  // not what it starts
    if (text == nullptr || !ours || std::sscanf(text, "%7s %d %d %zu", call, &number, &error, &bytes) != 4)
      *call = '\0';
  }

  // 0, or the error that this call ends with; cuts `size`.
  int next(const char* name, std::size_t& size) {
    if (std::strcmp(call, name) != 0) return 0;
    if (number == 0 && !interrupted) {
      interrupted = true;
      return EINTR;
    }
    interrupted = false;
    if (++seen == number) return error;
    if (bytes > 0) size = std::min(size, bytes);
    return 0;
  }
};

Plan& plan() {
  static Plan one;
  return one;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) ssize_t read(int descriptor, void* to, size_t size) {
  static const auto real = reinterpret_cast<ssize_t (*)(int, void*, size_t)>(dlsym(RTLD_NEXT, "read"));
  if (descriptor == STDIN_FILENO) {
    if (const int error = plan().next("read", size); error != 0) {
      errno = error;
      return -1;
    }
  }
  return real(descriptor, to, size);
}

extern "C" __attribute__((visibility("default"))) ssize_t write(int descriptor, const void* from, size_t size) {
  static const auto real = reinterpret_cast<ssize_t (*)(int, const void*, size_t)>(dlsym(RTLD_NEXT, "write"));
  if (descriptor == STDOUT_FILENO) {
    if (const int error = plan().next("write", size); error != 0) {
      errno = error;
      return -1;
    }
  }
  return real(descriptor, from, size);
}
