// Interrupt: SIGINT and SIGTERM ask for a stop at the next safe moment; a second one ends the process at once.
#pragma once

#include "strata/core/export.hpp"

namespace strata {

// Installs the signal handlers; call it once in a process, as the strata program does. A second signal has its default
// effect: it ends the process.
STRATA_API void install_interrupt_handlers();

// Returns the signal that asked to stop, or 0 when there was none. It is cheap enough to be called in every step of a
// loop.
STRATA_API int interrupted() noexcept;

// Acts as if the signal had arrived, for a time limit or a test; 0 withdraws the request to stop.
STRATA_API void set_interrupted(int signal) noexcept;

}  // namespace strata
