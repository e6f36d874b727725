// Plugins that would end the process that loads them, or keep it: while the library is loaded, when it registers, or
// when the process ends.
#include <unistd.h>

#include <csignal>
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
  while (true) std::memset(new char[kPiece], 1, kPiece);
}
[[maybe_unused]] void leave_a_child() {
  if (fork() == 0) hang();  // it holds the probe's pipe open
  abandon();
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
