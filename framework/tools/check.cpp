// strata-check JOB: runs checks of a plugin's component and says on descriptor 3 which one begins and what came of
// each. Its parent (check_apart) believes nothing but that. It ends when its parent does.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "strata/check/apart.hpp"
#include "strata/core/error.hpp"

#if defined(__SANITIZE_ADDRESS__)
// A plugin's leaks are for its own tests.
extern "C" __attribute__((visibility("default"))) const char*
__asan_default_options() {  // NOLINT(bugprone-reserved-identifier)
  return "detect_leaks=0";
}
#endif

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: strata-check JOB\n", stderr);
    return static_cast<int>(strata::Exit::usage);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  return strata::serve_check(arguments[1]);
}
