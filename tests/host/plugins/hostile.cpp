// Plugins that would end the process that loads them, or keep it: while the library is loaded, when it registers, or
// when the process ends.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "role.hpp"

namespace {

volatile int depth = 0;
[[gnu::noinline]] int recurse(int n) {  // NOLINT(misc-no-recursion): that is the point
  volatile char room[4096];
  room[0] = static_cast<char>(n);
  depth = n;
  return n < 0 ? 0 : recurse(n + 1) + room[0];
}

[[maybe_unused]] void crash() { raise(SIGSEGV); }
[[maybe_unused]] void abandon() { std::abort(); }
[[maybe_unused]] void end() { std::exit(0); }
[[maybe_unused]] void hang() {
  while (true) sleep(1);
}
[[maybe_unused]] void overflow() { depth = recurse(0); }
[[maybe_unused]] void devour() {
  constexpr std::size_t kPiece = std::size_t{1} << 22U;
  while (true) {
    char* volatile piece = new char[kPiece];
#if defined(STRATA_SANITIZED)
    std::memset(piece, 1, kPiece);  // their limit is that of memory which is in use
#endif
    *piece = 1;
  }
}
// Longer than a probe waits, and less than twice as long.
[[maybe_unused]] void slow() {
  for (int i = 0; i < 9; ++i) sleep(1);
}
// A child that keeps the probe's pipe open. The file that CHILD_OF_PLUGIN names, if it is not there yet, gets its
// number.
[[maybe_unused]] void spawn_child() {
  const char* file = std::getenv("CHILD_OF_PLUGIN");
  FILE* out = file == nullptr ? nullptr : std::fopen(file, "wx");
  const pid_t child = fork();
  if (child == 0) hang();
  if (out == nullptr) return;
  std::fprintf(out, "%d", static_cast<int>(child));
  std::fclose(out);
}
[[maybe_unused]] void leave_a_child() {
  spawn_child();
  abandon();
}
// In the first process that loads it alone, which is the probe.
[[maybe_unused]] void leave_a_child_well() {
  const char* file = std::getenv("CHILD_OF_PLUGIN");
  if (file != nullptr && access(file, F_OK) != 0) spawn_child();
}
[[maybe_unused]] void babble() {
  constexpr int kWords = 3;  // where the probe speaks to its host
  if (write(kWords, "hello", 5) < 0) std::abort();
}
[[maybe_unused]] void crash_at_end() { std::atexit(crash); }
[[maybe_unused]] void hang_at_end() { std::atexit(hang); }
[[maybe_unused]] int raise_int() { throw 42; }

#ifndef HOST_TEST_CONSTRUCTOR
#define HOST_TEST_CONSTRUCTOR 0
#endif
#ifndef HOST_TEST_REGISTER
#define HOST_TEST_REGISTER 0
#endif
const int at_load = (static_cast<void>(HOST_TEST_CONSTRUCTOR), 1);

void registers(strata::Registry&) {
  depth = at_load;
  static_cast<void>(HOST_TEST_REGISTER);
}

}  // namespace

STRATA_PLUGIN("hostile", "1.0", registers);
