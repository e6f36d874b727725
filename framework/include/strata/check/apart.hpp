// check_apart: runs the checks of a component in a separate process. A check passes only when that process reports so.
// When the component crashes, hangs or ends the process, the check that was running fails, and the remaining checks run
// in a new process.
#pragma once

#include <string>
#include <vector>

#include "strata/check/check.hpp"
#include "strata/core/config.hpp"
#include "strata/core/export.hpp"

namespace strata {

// How the separate process finds plugins, and how long a check may take.
struct ApartOptions {
  std::vector<std::string> folders;  // searched before the default ones
  std::vector<std::string> files;    // loaded first, in this order
  double seconds = 60;               // time limit of a single check; loading the plugins may take at least 60 s
};

// Checks the component "role/name" of the plugin `file`; `spec` is as in check_component(). When a check does not end
// within its time limit, the checks after it are skipped. While it runs, TMPDIR of the separate process is a new folder
// in this one's; it is removed at the end, however the process ended. Throws what check_component() throws, E_IO_READ
// when the program strata-check cannot be run, E_IO_WRITE when the folder cannot be made, and E_STOPPED when
// interrupted() (core/interrupt.hpp) asks to stop.
STRATA_API std::vector<CheckRow> check_apart(const std::string& file, const std::string& component, const Config& spec,
                                             const CheckOptions& options, const ApartOptions& apart);

// The main function of strata-check, the program that check_apart() starts. `job` is its one argument; returns its exit
// code.
STRATA_API int serve_check(const std::string& job);

}  // namespace strata
