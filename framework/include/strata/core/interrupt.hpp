// Interrupt: SIGINT and SIGTERM ask for a stop at the next safe moment; a second one ends the process at once.
#pragma once

#include "strata/core/export.hpp"

namespace strata {

// Installs the handlers (once a process; the app does). A second signal takes the default action of that signal.
STRATA_API void install_interrupt_handlers();

// The signal that asked to stop, or 0. Cheap enough for every step of a loop.
STRATA_API int interrupted() noexcept;

// As if the signal had arrived (a time limit, a test); 0 takes it back.
STRATA_API void set_interrupted(int signal) noexcept;

}  // namespace strata
