// ProcessWatch: a program in which a plugin crashes, or which a plugin ends, says so in its last line and exits with 6.
#pragma once

#include "strata/core/export.hpp"

namespace strata {

// Lives in main, before anything of a plugin is loaded. While it lives:
// - SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT that come from a plugin are E_PLUGIN_CRASH with plugin and function;
// those
//   that come from elsewhere do what they always do, and so do all of them under the sanitizers, which report them;
// - exit() and quick_exit() are E_PLUGIN_EXIT, since nothing but a plugin calls them.
class STRATA_API ProcessWatch {
 public:
  // Installs the handlers; once in a process.
  ProcessWatch();
  ~ProcessWatch();
  ProcessWatch(const ProcessWatch&) = delete;
  ProcessWatch& operator=(const ProcessWatch&) = delete;
};

// Ends the process at once: with E_PLUGIN_EXIT and exit code 6 while a ProcessWatch lives, else with `status`. A
// program that calls its own `_exit` this way sees a plugin that calls that function; a bare system call is seen by
// nobody.
[[noreturn]] STRATA_API void end_process(int status) noexcept;

}  // namespace strata
