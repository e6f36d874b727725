// ProcessWatch: when a plugin crashes or ends the program, the program prints a last line that says so and exits with
// code 6.
#pragma once

#include "strata/core/export.hpp"

namespace strata {

// An object of main(), made before any plugin is loaded. While it lives:
// - SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT in the code of a plugin are reported as E_PLUGIN_CRASH, with the plugin
//   and the function. In other code they have their usual effect; under the sanitizers, which report them, they always
//   do.
// - exit() and quick_exit() are reported as E_PLUGIN_EXIT, because only a plugin calls them.
class STRATA_API ProcessWatch {
 public:
  // Installs the handlers; once in a process.
  ProcessWatch();
  ~ProcessWatch();
  ProcessWatch(const ProcessWatch&) = delete;
  ProcessWatch& operator=(const ProcessWatch&) = delete;
};

// Ends the process at once: with E_PLUGIN_EXIT and exit code 6 while a ProcessWatch lives, else with `status`. When a
// program defines `_exit` with this function, a plugin that calls `_exit` is reported as well. A plugin that ends the
// process with a bare system call cannot be noticed.
[[noreturn]] STRATA_API void end_process(int status) noexcept;

}  // namespace strata
