// strata version: what this build is.
#include <string>

#include "command_line.hpp"
#include "output.hpp"
#include "verbs.hpp"

namespace strata::app {

int version(const Arguments& arguments) {
  CommandLine line("version", "Prints the version of this build.");
  if (!line.parse(arguments)) return 0;
  write_out("strata " STRATA_VERSION "\n");
  return 0;
}

}  // namespace strata::app
