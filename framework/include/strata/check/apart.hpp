// check_apart: the checks of a component in a process of their own, whose word alone counts. A component that crashes,
// ends or hangs fails the check that was running, by name; the checks after it run in a new process.
#pragma once

#include <string>
#include <vector>

#include "strata/check/check.hpp"
#include "strata/core/config.hpp"
#include "strata/core/export.hpp"

namespace strata {

// How that process finds plugins, and how long a check may take.
struct ApartOptions {
  std::vector<std::string> folders;  // searched before the default ones
  std::vector<std::string> files;    // loaded first, in this order
  double seconds = 60;               // of a single check; the beginning has 60 at least
};

// component: "role/name" of the plugin `file`; spec as in check_component. After a check that did not end within its
// time the rest is left out. Throws what check_component throws, and E_IO_READ when strata-check cannot be run.
STRATA_API std::vector<CheckRow> check_apart(const std::string& file, const std::string& component, const Config& spec,
                                             const CheckOptions& options, const ApartOptions& apart);

// The other side: what strata-check does with the one argument that check_apart gives it. Returns its exit code.
STRATA_API int serve_check(const std::string& job);

}  // namespace strata
